// The layer tree: groups with opacity, layers with the legend that belongs to them.
(function () {
  function legend(layer) {
    if (layer.ramp) {
      return GP.el("div", { class: "gp-legend gp-ramp" }, [
        GP.el("div", { class: "gp-ramp-bar", style: { background: "linear-gradient(90deg," + layer.ramp.stops.join(",") + ")" } }),
        GP.el("div", { class: "gp-ramp-ends" }, [GP.el("span", { text: layer.ramp.low }),
          GP.el("span", { text: layer.ramp.middle ? layer.ramp.middle + " " + layer.unit : layer.unit }), GP.el("span", { text: layer.ramp.high })]),
        layer.ramp.blank ? GP.el("div", { class: "gp-ramp-blank" }, [swatch(layer, GP.NO_VALUE, "lines"), GP.el("span", { text: layer.ramp.blank })]) : null,
      ]);
    }
    const items = layer.kind === "raster" ? layer.legend : layer.classes;
    if (!items || !items.length) return null;
    const rows = items.map(function (item) {
      return GP.el("li", {}, [swatch(layer, item.colour, item.pattern), GP.el("span", { text: item.label })]);
    });
    if (layer.late) rows.push(GP.el("li", {}, [swatch(Object.assign({}, layer, { dash: GP.LATE.dash, opacity: GP.LATE.strength * layer.opacity - 0.15 }), items[0].colour), GP.el("span", { text: layer.late })]));
    if (layer.label === "site_id" && layer.fill && GP.layers.some(function (l) { return l.visible && (l.legend || []).some(function (i) { return i.pattern; }); }))
      rows.push(GP.el("li", { title: GP.key("legend_on_site_why") }, [swatch(layer, items[0].colour, "on_site"), GP.el("span", { text: GP.key("legend_on_site") })]));
    if (layer.heat) rows.push(GP.el("li", { class: "gp-dim", text: GP.key("heat_note") }));
    return GP.el("ul", { class: "gp-legend" }, rows);
  }

  function swatch(layer, colour, pattern) {
    const box = GP.svg("svg", { viewBox: "0 0 22 14", class: "gp-swatch", "aria-hidden": "true" });
    if (layer.geometry === "point") {
      const ring = layer.symbol === "ring";
      box.append(GP.svg("circle", { cx: 11, cy: 7, r: 5, fill: ring ? "#fff" : colour, stroke: ring ? layer.stroke : "#fff", "stroke-width": 1.6 }));
    } else if (layer.geometry === "line") {
      box.append(GP.svg("line", { x1: 1, y1: 7, x2: 21, y2: 7, stroke: colour, "stroke-width": 2.5 }));
    } else if (layer.symbol === "relief") {
      for (const part of [["1,1 21,1 21,13 1,13", "#f4f6f8"], ["6,3 2,13 10,13", "#dfe3e7"], ["6,3 8,8 10,13 13,13", "#6b747d"], ["15,5 12,13 17,13", "#dfe3e7"], ["15,5 17,13 21,13", "#6b747d"]])
        box.append(GP.svg("polygon", { points: part[0], fill: part[1] }));
    } else {
      box.append(GP.svg("rect", { x: 1, y: 1, width: 20, height: 12, fill: layer.kind !== "raster" && !layer.fill ? "none" : colour,
        "fill-opacity": layer.kind === "raster" ? 1 : Math.min(1, layer.opacity + 0.15), stroke: layer.stroke || "#66707c",
        "stroke-width": layer.kind === "raster" ? 0.5 : Math.min(2, layer.width), "stroke-dasharray": layer.dash ? "4 2" : "none" }));
      if (layer.symbol === "waves" && layer.kind === "vector") box.append(GP.waved());
      // as the picture has them; above a site they are white
      const back = pattern === "back" || pattern === "on_site", stroke = pattern === "back" ? "#7d6a64" : "#fff", slope = back ? -6 : 6, at = pattern === "veil" ? [2, 14] : [-4, 2, 8, 14, 20];
      if (pattern === "dots") for (const x of [4, 9, 14, 19]) for (const y of [4, 10]) box.append(GP.svg("rect", { x: x - 1, y: y - 1, width: 2, height: 2, fill: "#fff" }));
      else if (pattern) for (const x of at)
        box.append(GP.svg("line", { x1: slope < 0 ? x + 6 : x, y1: 13, x2: slope < 0 ? x : x + 6, y2: 1, stroke: stroke, "stroke-width": pattern === "veil" ? 3 : back ? 1 : 2 }));
    }
    return box;
  }

  GP.legend = legend;
  GP.swatch = swatch;

  function row(layer) {
    const id = "gp-on-" + layer.id;
    const box = GP.el("input", { type: "checkbox", id: id, on: { change: function () { GP.show(layer, box.checked); } } });
    const keys = legend(layer);
    const coarse = layer.shrink > 1.05 ? GP.el("p", { class: "gp-dim", text: GP.key("coarse", { m: Math.round(10 * layer.shrink) }) }) : null;
    const about = layer.note ? GP.el("p", { class: "gp-dim", text: layer.note }) : null;
    const note = coarse || about ? GP.el("div", {}, [about, coarse]) : null;
    const node = GP.el("li", { class: "gp-layer", "data-layer": layer.id }, [
      GP.el("div", { class: "gp-layer-head" }, [box,
        keys ? null : swatch(layer, layer.stroke || "#9aa3ab"), GP.el("label", { for: id, text: layer.title })]), keys, note]);
    const sync = function (changed) {
      if (changed && changed !== layer) return;
      box.checked = layer.visible;
      if (keys) keys.hidden = !layer.visible;
      if (note) note.hidden = !layer.visible;
    };
    sync();
    GP.on("shown", sync);
    return node;
  }

  GP.tree = function () {
    const out = GP.el("div", { class: "gp-tree" });
    for (const group of GP.meta.groups) {
      const mine = GP.layers.filter(function (l) { return l.group === group.id; });
      group.opacity = 1;
      const slider = GP.el("input", { type: "range", min: "0", max: "100", value: "100", label: function () {
        return GP.t("opacity") + " " + GP.say(group.title); }, on: {
        input: function () { GP.setOpacity(group, slider.value / 100); } } });
      GP.on("opacity", function (g) { if (g === group) slider.value = String(Math.round(100 * g.opacity)); });
      const open = mine.some(function (l) { return l.visible; });
      const node = GP.el("details", { class: "gp-group", open: open, "data-group": group.id }, [
        GP.el("summary", { text: group.title }),
        GP.el("div", { class: "gp-opacity" }, [GP.el("span", { text: GP.key("opacity") }), slider]),
        GP.el("ul", { class: "gp-layers" }, mine.map(row)),
      ]);
      // a link that shows a layer shows its legend too
      GP.on("shown", function (layer) { if (layer && layer.visible && layer.group === group.id) node.open = true; });
      out.append(node);
    }
    return out;
  };
})();
