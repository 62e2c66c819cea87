// Sites by capacity, score and township: what does not answer is taken off the map.
(function () {
  const NUMBERS = [["capacity_mw", "filter_capacity"], ["score", "filter_score"]];

  GP.filterPanel = function () {
    const layer = GP.byId["v-sites"];
    if (!layer || layer.kind !== "vector") return null;
    const box = GP.el("details", { class: "gp-group gp-filter", id: "gp-filter" }, [GP.el("summary", { text: GP.key("filter") })]);
    const said = GP.el("p", { class: "gp-dim", id: "gp-filter-said", role: "status" });
    const inputs = {};
    let place = null;

    const apply = async function () {
      const data = await GP.load(layer);
      await GP.build(layer);
      layer.hidden = new Uint8Array(data.n);
      let n = 0, mw = 0;
      for (let f = 0; f < data.n; f++) {
        let ok = !place || !place.value || GP.data.attr(data, "township", f) === place.value;
        for (const key in inputs) {
          const least = inputs[key].value === "" ? null : Number(inputs[key].value), v = GP.data.attr(data, key, f);
          if (least !== null && !(typeof v === "number" && v >= least)) ok = false;
        }
        layer.hidden[f] = ok ? 0 : 1;
        if (ok) { n += 1; mw += GP.data.attr(data, "capacity_mw", f) || 0; }
        const shape = layer.shapes[f];
        if (ok && !layer.shapeGroup.hasLayer(shape)) layer.shapeGroup.addLayer(shape);
        if (!ok && layer.shapeGroup.hasLayer(shape)) layer.shapeGroup.removeLayer(shape);
      }
      GP.text(said, function () { return GP.t("filter_said", { n: n, m: data.n, mw: GP.number(mw, 0) }); });
      // the legend tells it too, on the screen and on paper: nobody takes a part for all
      const asked = NUMBERS.filter(function (p) { return inputs[p[0]] && inputs[p[0]].value !== ""; }).map(function (p) {
        const least = inputs[p[0]].value; return function () { return GP.t("labelled", { label: GP.t(p[1]), text: least }); }; }).concat(place && place.value ? [place.value] : []);
      layer.filtered = asked.length ? function () { return GP.t("filter_legend", { how: asked.map(GP.say).join(GP.t("comma")), n: n, m: data.n, hidden: data.n - n }); } : null;
      if (!layer.visible) await GP.show(layer, true);
      GP.emit("shown", layer);
    };

    const fill = async function () {
      if (box.dataset.filled) return;
      box.dataset.filled = "1";
      const data = await GP.load(layer);
      for (const pair of NUMBERS) {
        if (!data.attrs[pair[0]]) continue;
        const input = GP.el("input", { type: "number", min: "0", step: "any", id: "gp-filter-" + pair[0], on: { change: apply } });
        inputs[pair[0]] = input;
        box.append(GP.el("label", { class: "gp-line" }, [GP.el("span", { text: GP.key(pair[1]) }), input]));
      }
      const col = data.attrs.township;
      if (col && col.d) {
        place = GP.el("select", { id: "gp-filter-township", on: { change: apply } }, [GP.el("option", { value: "", text: GP.key("filter_all") })].concat(
          col.d.filter(Boolean).sort().map(function (t) { return GP.el("option", { value: t, text: t }); })));
        box.append(GP.el("label", { class: "gp-line" }, [GP.el("span", { text: GP.key("kind_township") }), place]));
      }
      box.append(GP.el("button", { type: "button", class: "gp-button", id: "gp-filter-clear", text: GP.key("filter_clear"), on: { click: function () {
        for (const key in inputs) inputs[key].value = "";
        if (place) place.value = "";
        apply();
      } } }), said);
    };
    box.addEventListener("toggle", function () { if (box.open) fill(); });
    return box;
  };
})();
