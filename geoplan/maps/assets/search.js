// Search by name, number or coordinate.
(function () {
  const LIMIT = 12;

  function candidates() {
    return GP.layers.filter(function (l) { return l.search && l.search_field; });
  }

  async function find(text) {
    const out = [], needle = text.trim().toLowerCase();
    const point = GP.geo.parse(text, GP.meta.crs);
    if (point && isFinite(point[0]) && isFinite(point[1])) {
      const b = GP.meta.bounds, near = point[0] > b[0] - 1 && point[0] < b[2] + 1 && point[1] > b[1] - 1 && point[1] < b[3] + 1;
      out.push({ kind: "coordinate", title: point[0].toFixed(6) + ", " + point[1].toFixed(6), point: point, far: !near });
    }
    if (needle.length < 1) return out;
    for (const layer of candidates()) {
      const data = await GP.load(layer);
      const fields = Array.from(new Set([layer.search_field, layer.label, layer.label_en])).filter(Boolean);
      const seen = new Set();
      for (const field of fields) {
        const col = data.attrs[field];
        if (!col) continue;
        let hits;
        if (col.d) {
          const codes = new Set();
          col.d.forEach(function (v, i) { if (v.toLowerCase().includes(needle)) codes.add(i); });
          hits = function (i) { return codes.has(col.c[i]); };
        } else hits = function (i) { return col.v[i] !== null && String(col.v[i]).includes(needle); };
        for (let i = 0; i < data.n && out.length < 200; i++) if (!seen.has(i) && hits(i)) {
          seen.add(i);
          const shown = GP.data.attr(data, field, i);
          out.push({ kind: layer.search, title: String(shown), layer: layer, f: i, exact: String(shown).toLowerCase() === needle });
        }
      }
    }
    out.sort(function (a, b) { return (b.exact ? 1 : 0) - (a.exact ? 1 : 0); });
    return out;
  }
  GP.find = find;

  function go(hit) {
    if (hit.point) {
      if (hit.far) { GP.announce(GP.t("search_outside")); return; }
      GP.moved(function () { GP.map.setView([hit.point[1], hit.point[0]], Math.max(GP.map.getZoom(), 14), { animate: false }); });
      GP.query(L.latLng(hit.point[1], hit.point[0]), false);
      return;
    }
    GP.map.closePopup();
    // a layer that was off is shown while it is told of, and not left over the others
    const b = hit.layer.data.box, f = hit.f, was = hit.layer.visible;
    GP.show(hit.layer, true).then(async function () {
      GP.moved(function () { GP.map.fitBounds([[b[4 * f + 1], b[4 * f]], [b[4 * f + 3], b[4 * f + 2]]], { maxZoom: 15, padding: [60, 60], animate: false }); });
      const p = GP.anchor(hit.layer.data, f);
      await GP.query(L.latLng(p[1], p[0]), false, hit);
      if (!was) GP.map.once("popupclose", function () { GP.show(hit.layer, false); });
    });
  }

  // a point of the feature itself: the box centre when it is inside, else midway on a scan line
  GP.anchor = function (data, f) {
    const b = data.box, cx = (b[4 * f] + b[4 * f + 2]) / 2, cy = (b[4 * f + 1] + b[4 * f + 3]) / 2;
    if (data.dim !== 2) { const i = data.point[data.ring[f]]; return [data.x[i], data.y[i]]; }
    if (GP.data.inside(data, f, cx, cy)) return [cx, cy];
    for (let k = 1; k < 40; k++) {
      const y = b[4 * f + 1] + (b[4 * f + 3] - b[4 * f + 1]) * ((k * 0.618) % 1), xs = [];
      for (let r = data.ring[f]; r < data.ring[f + 1]; r++)
        for (let i = data.point[r], j = data.point[r + 1] - 1; i < data.point[r + 1]; j = i++)
          if ((data.y[i] > y) !== (data.y[j] > y)) xs.push((data.x[j] - data.x[i]) * (y - data.y[i]) / (data.y[j] - data.y[i]) + data.x[i]);
      xs.sort(function (p, q) { return p - q; });
      if (xs.length > 1) return [(xs[0] + xs[1]) / 2, y];
    }
    return [cx, cy];
  };

  GP.goTo = go;

  GP.search = function () {
    const list = GP.el("ul", { class: "gp-hits", id: "gp-hits", role: "listbox", hidden: true, label: GP.key("search") });
    const box = GP.el("input", { type: "search", id: "gp-search", role: "combobox", "aria-controls": "gp-hits", "aria-expanded": "false",
      autocomplete: "off", label: GP.key("search"), hint: GP.key("search_hint"), title: GP.key("search_help") });
    let hits = [], active = -1, ticket = 0;
    const close = function () { list.hidden = true; box.setAttribute("aria-expanded", "false"); active = -1; };
    const mark = function (i) {
      active = i;
      Array.from(list.children).forEach(function (c, k) { c.setAttribute("aria-selected", String(k === i)); });
      if (i >= 0) box.setAttribute("aria-activedescendant", "gp-hit-" + i);
    };
    const pick = function (i) { if (hits[i]) { close(); go(hits[i]); } };
    const run = async function () {
      const mine = ++ticket, text = box.value;
      if (!text.trim()) { close(); return; }
      const found = await find(text);
      if (mine !== ticket) return;
      hits = found.slice(0, LIMIT);
      list.replaceChildren(...(hits.length ? hits.map(function (h, i) {
        return GP.el("li", { id: "gp-hit-" + i, role: "option", "aria-selected": "false", on: { mousedown: function (e) { e.preventDefault(); pick(i); } } }, [
          GP.el("span", { text: h.title }), GP.el("em", { text: GP.key(h.kind === "coordinate" ? "search_coordinate" : "kind_" + h.kind) })]);
      }) : [GP.el("li", { class: "gp-dim", text: GP.key("search_none") })]));
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      GP.announce(hits.length ? GP.t("search_results", { n: found.length }) : GP.t("search_none"));
      mark(hits.length ? 0 : -1);
    };
    let timer = 0;
    box.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(run, 120); });
    box.addEventListener("keydown", function (e) {
      if (e.key === "ArrowDown") { e.preventDefault(); mark(Math.min(hits.length - 1, active + 1)); }
      else if (e.key === "ArrowUp") { e.preventDefault(); mark(Math.max(0, active - 1)); }
      else if (e.key === "Enter") { e.preventDefault(); clearTimeout(timer); run().then(function () { pick(Math.max(0, active)); }); }
      else if (e.key === "Escape") close();
    });
    box.addEventListener("blur", function () { setTimeout(close, 150); });
    return GP.el("div", { class: "gp-search", role: "search" }, [box, list]);
  };
})();
