// What a reader sees first: the answer, the buttons of the subjects, legends of what is on.
(function () {
  // ---- the answer
  function go(row) {
    const layer = GP.byId[row.layer];
    if (!layer) return;
    GP.load(layer).then(function (data) {
      for (let f = 0; f < data.n; f++) if (String(GP.data.attr(data, row.field, f)) === row.name) {
        if (GP.narrow()) GP.openPanel(false);
        GP.goTo({ layer: layer, f: f });
        return;
      }
    });
  }

  function figures(block) {
    return GP.el("section", { class: "gp-block" }, [GP.el("h2", { text: block.title }),
      GP.el("div", { class: "gp-figures" }, block.figures.map(function (x) {
        return GP.el("div", { class: "gp-figure" }, [GP.el("span", { text: x.label }),
          GP.el("b", {}, [GP.el("strong", { text: x.value }), " " + x.unit]), x.note ? GP.el("i", { text: x.note }) : null]); })),
      GP.el("p", { class: "gp-dim", text: block.note })]);
  }

  function rank(block) {
    return GP.el("section", { class: "gp-block" }, [GP.el("h2", { text: block.title }),
      GP.el("ol", { class: "gp-rank" }, block.ranked.map(function (row) {
        return GP.el("li", {}, [GP.byId[row.layer]
          ? GP.el("button", { type: "button", class: "gp-link", text: row.title, title: function () { return GP.t("go_to", { name: GP.say(row.title) }); }, on: { click: function () { go(row); } } })
          : GP.el("b", { text: row.title }), GP.el("span", { text: row.text })]); }))]);
  }

  function grid(block) {
    return GP.el("section", { class: "gp-block" }, [GP.el("h2", { text: block.title }), GP.el("table", { class: "gp-table" }, [
      GP.el("thead", {}, [GP.el("tr", {}, block.heads.map(function (h) { return GP.el("th", { scope: "col", text: h }); }))]),
      GP.el("tbody", {}, block.rows.map(function (r) { return GP.el("tr", {}, r.map(function (c, i) { return GP.el(i ? "td" : "th", { text: c, scope: i ? null : "row" }); })); }))])]);
  }

  const KINDS = { figures: figures, rank: rank, grid: grid, line: function (b) { return GP.el("p", { text: b.title }); } };

  GP.card = function () {
    const blocks = GP.meta.card || [];
    if (!blocks.length) return null;
    return GP.el("div", { class: "gp-card gp-summary", id: "gp-card" }, blocks.map(function (b) { return (KINDS[b.kind] || GP.panelBlock)(b); }));
  };

  // the first figures in one line, for the closed sheet of a phone
  GP.cardLine = function () {
    const found = (GP.meta.card || []).find(function (b) { return b.kind === "figures"; });
    return found ? found.figures.map(function (x) { return GP.say(x.label) + " " + GP.say(x.value) + (x.unit ? " " + x.unit : ""); }).join(" · ") : GP.t("panel_open");
  };

  // ---- subjects
  GP.viewBar = function () {
    const views = GP.meta.views || [];
    if (views.length < 2) return null;
    const subjects = new Set();
    for (const v of views) for (const id of v.layers) subjects.add(id);
    const others = function (l) { return l.group !== "base"; };
    const shows = function (v) {
      const on = GP.layers.filter(function (l) { return l.visible && others(l); }).map(function (l) { return l.id; });
      return v.layers.every(function (id) { return on.includes(id); }) && on.every(function (id) { return v.layers.includes(id); });
    };
    const bar = GP.el("div", { class: "gp-views", id: "gp-views", role: "toolbar", label: GP.key("themes") }, views.map(function (v) {
      return GP.el("button", { type: "button", class: "gp-button", "data-view": v.id, "aria-pressed": "false", text: v.title, on: {
        click: async function () {
          for (const l of GP.layers) if (l.visible && others(l) && !v.layers.includes(l.id)) await GP.show(l, false);
          for (const id of v.layers) await GP.show(GP.byId[id], true);
        } } }); }));
    const sync = function () { views.forEach(function (v, i) { bar.children[i].setAttribute("aria-pressed", String(shows(v))); }); };
    GP.on("shown", sync);
    return bar;
  };

  // ---- legends of what is on, over the map
  GP.legendBox = function () {
    const body = GP.el("div", { class: "gp-legend-body" }), head = GP.el("summary");
    const box = GP.el("details", { class: "gp-legend-box", id: "gp-legend-box", open: window.matchMedia("(min-width: 1150px)").matches }, [head, body]);
    // what the answer names and the page shows at first: a sheet without it tells so
    const named = new Set((GP.meta.card || []).flatMap(function (b) { return (b.ranked || []).map(function (r) { return r.layer; }); }));
    const told = GP.layers.filter(function (l) { return named.has(l.id) && l.visible; });
    const fill = function () {
      // in the order of the tree, the base at the end
      const rankOf = function (l) { return l.group === "base" ? Infinity : GP.meta.groups.findIndex(function (g) { return g.id === l.group; }); };
      const on = GP.layers.filter(function (l) { return l.visible; }).sort(function (a, b) { const p = rankOf(a), q = rankOf(b); return p < q ? -1 : p > q ? 1 : 0; });
      const name = function (l) { const side = GP.swiped(l); return side ? GP.t("labelled", { label: GP.t(side), text: l.title }) : GP.say(l.title); };
      body.replaceChildren(...on.map(function (l) {
        const keys = GP.legend(l);
        return GP.el("div", { class: "gp-legend-of" + (l.group === "base" && !keys ? " gp-legend-base" : "") }, [keys ? null : GP.swatch(l, l.stroke || "#9aa3ab"), GP.el("span", { class: keys ? "gp-legend-name" : "", text: name(l) }), keys,
          l.note ? GP.el("p", { class: "gp-dim gp-legend-note", text: l.note }) : null,
          l.filtered ? GP.el("p", { class: "gp-note gp-legend-note", text: l.filtered }) : null]); }));
      const off = told.filter(function (l) { return !l.visible; });
      if (off.length) body.append(GP.el("p", { class: "gp-note gp-legend-off", text: function () { return GP.t("legend_off", { names: off.map(function (l) { return GP.say(l.title); }).join(GP.t("comma")) }); } }));
      box.hidden = !on.length;
      head.textContent = GP.t(on.some(function (l) { return l.filtered; }) ? "legend_filtered" : "legend");
    };
    GP.on("shown", fill);
    GP.on("lang", fill);
    box.addEventListener("toggle", function () { GP.labels(); });
    fill();
    return box;
  };

  // Whether the open legend lies over the county.
  GP.legendOverCounty = function () {
    const box = document.getElementById("gp-legend-box"), county = GP.byId["v-county"], at = GP.map.getContainer().getBoundingClientRect(), r = box.getBoundingClientRect();
    if (!box.open || !r.width || !county || !county.data) return false;
    const d = county.data, over = function (p) { return p.x < r.right - at.left && p.y > r.top - at.top; };
    return d.x.some(function (x, i) { return over(GP.map.latLngToContainerPoint([d.y[i], x])); });
  };
})();
