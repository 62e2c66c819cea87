// What stands around the data: graticule, dark map, paper.
(function () {
  // ---- lines of longitude and latitude, under everything
  GP.graticule = function () {
    const pane = GP.map.createPane("gp-graticule");
    pane.style.zIndex = "290";
    pane.style.pointerEvents = "none";
    // their names above everything but the names of places, which keep clear of them
    const names = GP.map.createPane("gp-graticule-names");
    names.style.zIndex = "630";
    names.style.pointerEvents = "none";
    const group = L.layerGroup().addTo(GP.map), renderer = L.svg({ pane: "gp-graticule", padding: 0.2 });
    const mark = function (at, text, cls) {
      group.addLayer(L.marker(at, { pane: "gp-graticule-names", interactive: false, keyboard: false, icon: L.divIcon({ className: "gp-grat " + cls, html: "", iconSize: null }) })
        .on("add", function (e) { const n = e.target.getElement(); if (n) n.textContent = text; }));
    };
    const name = function (v, pos, neg, digits) { return Math.abs(v).toFixed(digits) + "°" + (v >= 0 ? pos : neg); };
    const draw = function () {
      group.clearLayers();
      const b = GP.map.getBounds(), wide = b.getEast() - b.getWest(), size = GP.map.getSize(), paper = document.documentElement.classList.contains("gp-printing");
      // as many as their names leave room for; on paper one more step, for a sheet is low
      const most = Math.min(paper ? 10 : 7, size.x / 60);
      const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find(function (s) { return wide / s <= most; }) || 20, digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
      const look = { renderer: renderer, pane: "gp-graticule", interactive: false, color: "#8795a1", weight: 0.7, opacity: 0.6 };
      for (let k = Math.ceil(b.getWest() / step); k * step <= b.getEast(); k++) {
        group.addLayer(L.polyline([[b.getSouth(), k * step], [b.getNorth(), k * step]], look));
        // the north arrow and the buttons stand at the right, 60 pixels of them; a name is as wide as "110.55°E"
        if (GP.map.latLngToContainerPoint([b.getNorth(), k * step]).x < size.x - 112) mark([b.getNorth(), k * step], name(k * step, "E", "W", digits), "gp-grat-top");
      }
      for (let k = Math.ceil(b.getSouth() / step); k * step <= b.getNorth(); k++) {
        group.addLayer(L.polyline([[k * step, b.getWest()], [k * step, b.getEast()]], look));
        // beneath the upper edge there is no room for it, on paper the north arrow is there, and at the lower one stands the scale bar
        const y = GP.map.latLngToContainerPoint([k * step, b.getEast()]).y;
        if (y > (paper ? 100 : 18) && y < size.y - 46) mark([k * step, b.getEast()], name(k * step, "N", "S", digits), "gp-grat-side");
      }
    };
    GP.map.on("moveend resize", draw);
    draw();
  };

  // ---- dark map
  GP.setDark = function (on) {
    document.documentElement.classList.toggle("gp-dark", on);
    const box = document.getElementById("gp-dark");
    if (box) box.checked = on;
    GP.emit("dark", on);
  };
  GP.darkBox = function () {
    const box = GP.el("input", { type: "checkbox", id: "gp-dark", on: { change: function () { GP.setDark(box.checked); } } });
    return GP.el("label", { class: "gp-layer-head gp-dark-line" }, [box, GP.el("span", { text: GP.key("dark") })]);
  };

  // ---- paper: the map in the shape of a sheet with its legend, scale and sources
  GP.paper = function () {
    const meta = GP.meta, root = document.documentElement;
    let view = null, opened = false, unnamed = [];
    // of what is drawn; the rest, which a model mixed, by their number. Layers of one source and
    // day stand together: they are said once
    const lines = function () {
      const groups = new Map(), drawn = new Set(GP.layers.filter(function (l) { return l.visible; }).flatMap(function (l) { return l.sources || []; }));
      const all = meta.sources || [], own = all.filter(function (s) { return drawn.has(s.id); }), rest = all.length - own.length;
      for (const s of own) {
        const key = [s.source, s.date].filter(Boolean).join(" · ");
        groups.set(key, (groups.get(key) || []).concat(GP.say(s.title)));
      }
      return Array.from(groups, function (g) { return g[1].join(GP.t("comma")) + (g[0] ? GP.t("in_brackets", { text: g[0] }) : ""); })
        .concat(rest ? [GP.t(own.length ? "paper_rest" : "paper_all", { n: rest })] : []).join(GP.t("semicolon"));
    };
    // sites whose names find no room on the sheet are told beneath it
    const told = GP.el("p", { class: "gp-unnamed" });
    const from = GP.el("p", { class: "gp-paper-sources", text: function () { return GP.t("labelled", { label: GP.t("sources"), text: lines() }); } });
    const notes = GP.el("section", { class: "gp-paper", "aria-hidden": "true" }, [told, GP.el("p", { text: GP.key("paper_scale") }), from]);
    const tell = function () {
      told.hidden = !unnamed.length;
      told.textContent = GP.t("labelled", { label: GP.t("paper_unnamed"), text: unnamed.join(GP.t("semicolon")) });
    };
    const place = function () {
      const main = document.getElementById("gp-main"), rest = document.body.scrollHeight - main.offsetHeight;
      root.style.setProperty("--gp-print-map", Math.max(420, 722 - rest) + "px");
      GP.map.invalidateSize({ animate: false, pan: false });
      // where all of the county was in view it fills the sheet beside the legend
      const b = GP.meta.bounds, home = L.latLngBounds([[b[1], b[0]], [b[3], b[2]]]), legend = document.getElementById("gp-legend-box").offsetWidth;
      if (view.bounds.contains(home)) GP.map.fitBounds(home, { animate: false, paddingTopLeft: [legend + 16, 8], paddingBottomRight: [56, 8] });
      else GP.map.fitBounds(view.bounds, { animate: false });
      unnamed = GP.labels();
    };
    const before = function () {
      if (view) return;
      view = { bounds: GP.map.getBounds(), centre: GP.map.getCenter(), zoom: GP.map.getZoom(), snap: GP.map.options.zoomSnap };
      const box = document.getElementById("gp-legend-box");
      opened = box.open;
      box.open = true;
      root.classList.add("gp-printing");
      GP.map.closePopup();
      GP.map.options.zoomSnap = 0;
      // head, map, legend and sources on one sheet: A4 across, 8 mm of margin, is 733 pixels high;
      // a second time with the line of sites without room, which takes some of it
      told.hidden = true;
      from.textContent = GP.t("labelled", { label: GP.t("sources"), text: lines() });
      place();
      tell();
      if (unnamed.length) { place(); tell(); }
    };
    const after = function () {
      if (!view) return;
      root.classList.remove("gp-printing");
      document.getElementById("gp-legend-box").open = opened;
      GP.map.options.zoomSnap = view.snap;
      GP.map.invalidateSize({ animate: false, pan: false });
      GP.map.setView(view.centre, view.zoom, { animate: false });
      view = null;
    };
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    GP.printPage = function () {
      before();
      // pictures and tiles of the new size first
      setTimeout(function () { window.print(); after(); }, 700);
    };
    return notes;
  };

  GP.calm = function () {
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    GP.map._zoomAnimated = false;
    Object.assign(GP.map.options, { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false });
  };
})();
