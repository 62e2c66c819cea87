// Put the page together around folium's map.
(function () {
  function readHash() {
    const out = {};
    for (const part of location.hash.replace(/^#/, "").split("&")) {
      const at = part.indexOf("=");
      if (at > 0) out[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    }
    return out;
  }

  // browsers stop listening to a page that changes its address many times a second
  let hashTimer = 0;
  function writeHash() { clearTimeout(hashTimer); hashTimer = setTimeout(putHash, 150); }

  function putHash() {
    const c = GP.map.getCenter();
    const parts = ["map=" + GP.map.getZoom().toFixed(2) + "/" + c.lat.toFixed(5) + "/" + c.lng.toFixed(5),
      "on=" + encodeURIComponent(GP.layers.filter(function (l) { return l.visible; }).map(function (l) { return l.id; }).join(",")), "lang=" + GP.lang];
    const faint = GP.meta.groups.filter(function (g) { return g.opacity !== undefined && g.opacity < 1; });
    if (faint.length) parts.push("op=" + faint.map(function (g) { return g.id + ":" + Math.round(100 * g.opacity); }).join(","));
    if (document.documentElement.classList.contains("gp-dark")) parts.push("dark=1");
    try { history.replaceState(null, "", "#" + parts.join("&")); } catch (e) { /* some file: pages refuse it */ }
  }

  function tabs(parts) {
    const bar = GP.el("div", { class: "gp-tabs", role: "tablist" }), bodies = GP.el("div", { class: "gp-tab-bodies" });
    const open = function (i, focus) {
      Array.from(bar.children).forEach(function (b, k) {
        b.setAttribute("aria-selected", String(k === i)); b.tabIndex = k === i ? 0 : -1;
        bodies.children[k].hidden = k !== i;
      });
      if (focus) bar.children[i].focus();
    };
    parts.forEach(function (p, i) {
      bar.append(GP.el("button", { type: "button", role: "tab", id: "gp-tab-" + p[0], "aria-controls": "gp-body-" + p[0], text: GP.key("tab_" + p[0]), on: {
        click: function () { open(i); },
        keydown: function (e) {
          if (e.key === "ArrowRight") open((i + 1) % parts.length, true);
          if (e.key === "ArrowLeft") open((i + parts.length - 1) % parts.length, true);
        } } }));
      bodies.append(GP.el("div", { role: "tabpanel", id: "gp-body-" + p[0], "aria-labelledby": "gp-tab-" + p[0], tabindex: "0" }, p[1]));
    });
    open(0);
    GP.openTab = function (name) { open(parts.findIndex(function (p) { return p[0] === name; })); };
    return [bar, bodies];
  }

  function footer() {
    const meta = GP.meta;
    const parts = [
      GP.el("strong", { text: GP.key(meta.review_number ? "internal_only" : "internal_note") }),
      meta.review_number ? GP.el("span", { text: GP.key("review_number", { number: meta.review_number }) }) : null,
      GP.el("span", { text: GP.key("run_id", { id: meta.run.id }) }), GP.el("span", { text: meta.run.date }),
      meta.official ? null : GP.el("span", { text: meta.boundary ? GP.key("boundary_from", { name: meta.boundary }) : GP.key("boundary_unofficial") }),
      GP.el("span", { class: "gp-sources", title: function () { return (meta.sources || []).map(line).join("\n"); }, text: function () {
        return (meta.sources || []).length ? GP.t("labelled", { label: GP.t("sources"), text: meta.sources.slice(0, 4).map(line).join(GP.t("semicolon")) + (meta.sources.length > 4 ? " …" : "") }) : ""; } }),
      (meta.attributions || []).length ? GP.el("span", { class: "gp-attribution", text: function () { return GP.t("labelled", { label: GP.t("attribution"), text: meta.attributions.map(GP.say).join(GP.t("semicolon")) }); } }) : null,
    ];
    return GP.el("footer", { class: "gp-foot" }, parts);
  }
  const line = function (s) { return GP.say(s.title) + (s.date ? " " + s.date : ""); };

  GP.narrow = function () { return window.matchMedia("(max-width: 800px)").matches; };

  GP.start = async function (map) {
    GP.map = map;
    const began = performance.now();
    GP.meta = JSON.parse(document.getElementById("gp-meta").textContent);
    const hash = readHash();
    // what the page was left in, then what the link asks for
    GP.lang = [hash.lang, new URLSearchParams(location.search).get("lang")].find(function (l) { return l === "en" || l === "zh"; }) || GP.meta.lang;
    const mapNode = map.getContainer();
    mapNode.setAttribute("role", "application");
    GP.text(mapNode, GP.key("map_label"), "aria-label");
    map.attributionControl.setPrefix("Leaflet");
    map.setMinZoom(6);
    map.setMaxZoom(19);
    GP.prepare();
    GP.calm();
    GP.graticule();

    const b = GP.meta.bounds, fit = function () { map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { paddingTopLeft: [12, 12], paddingBottomRight: [64, 12], animate: false }); };
    // the legend is at the lower left: a county that it would cover stands at the upper right
    const home = function () {
      fit();
      if (!GP.legendOverCounty()) return;
      const corner = map.latLngToContainerPoint([b[3], b[2]]);
      map.panBy([Math.min(0, corner.x - map.getSize().x + 64), Math.max(0, corner.y - 64)], { animate: false });
    };
    const main = GP.el("main", { id: "gp-main" });
    const stage = GP.el("div", { class: "gp-stage", id: "gp-stage" }, [mapNode, GP.el("div", { class: "gp-cross", "aria-hidden": "true" })]);
    const langButton = GP.el("button", { type: "button", id: "gp-lang", class: "gp-button", text: GP.key("lang_button"), label: GP.key("lang_label"), on: { click: function () {
      GP.setLang(GP.lang === "zh" ? "en" : "zh"); } } });
    const side = GP.el("aside", { class: "gp-side", id: "gp-side", label: GP.key("panel_label") });
    const toggle = GP.el("button", { type: "button", class: "gp-toggle", id: "gp-toggle", "aria-controls": "gp-side", "aria-expanded": "true", label: GP.key("panel_toggle"), title: GP.key("panel_toggle"), on: {
      click: function () { GP.openPanel(main.classList.contains("gp-wide")); } } }, [GP.icon("M15 6l-6 6 6 6"),
      GP.el("span", { class: "gp-sheet-line", text: function () { return main.classList.contains("gp-wide") ? GP.cardLine() : GP.t("panel_close"); } })]);
    // on a phone the map is first and the panel a sheet over its lower part
    GP.openPanel = function (open) {
      main.classList.toggle("gp-wide", !open);
      toggle.setAttribute("aria-expanded", String(open));
      toggle.querySelector(".gp-sheet-line").textContent = open ? GP.t("panel_close") : GP.cardLine();
      map.invalidateSize();
    };
    side.append(...tabs((GP.extraTabs || []).map(function (x) { return [x[0], x[1]()]; }).concat(GP.meta.card && GP.meta.card.length ? [["answer", [GP.card()]]] : []).concat([
      ["layers", [GP.baseMaps(), GP.filterPanel(), GP.tree(), GP.darkBox()]],
      ["summary", [GP.summary()]],
      ["tools", [GP.tools(), GP.dropPanel(), GP.swipePanel()]],
      ["about", [GP.about()]]])));
    main.append(side, toggle, stage);
    document.body.prepend(
      GP.el("a", { href: "#", class: "gp-skip", text: GP.key("skip_to_map"), on: { click: function (e) { e.preventDefault(); mapNode.focus(); } } }),
      GP.el("header", { class: "gp-head" }, [GP.el("h1", { text: GP.meta.title }), GP.search(), langButton]),
      GP.el("div", { class: "gp-banners" }, GP.meta.banners.map(function (x) {
        return GP.el("div", { class: "gp-banner gp-banner-" + x.kind, role: "note", text: x.text }); })),
      main, footer(), GP.paper(), GP.el("div", { id: "gp-live", class: "gp-live", role: "status", "aria-live": "polite" }));
    const views = GP.viewBar();
    if (views) stage.append(views);
    stage.append(...GP.buttons(home), GP.readout(), GP.swipeBar(), GP.legendBox());
    GP.catchDrops(stage);
    if (GP.narrow()) GP.openPanel(false);
    if (hash.dark === "1") GP.setDark(true);
    map.invalidateSize();
    L.control.scale({ imperial: false, position: "bottomright", maxWidth: 160 }).addTo(map);

    const at = (hash.map || "").split("/").map(Number);
    if (at.length === 3 && at.every(isFinite)) map.setView([at[1], at[2]], at[0], { animate: false });
    else fit();
    // at the start it is closed where there is no room for both
    const first = function () {
      home();
      if (!GP.legendOverCounty()) return;
      document.getElementById("gp-legend-box").open = false;
      fit();
    };
    for (const part of (hash.op || "").split(",")) {
      const pair = part.split(":"), group = GP.meta.groups.find(function (g) { return g.id === pair[0]; });
      if (group && isFinite(pair[1])) group.opacity = pair[1] / 100;
    }
    for (const g of GP.meta.groups) GP.setOpacity(g, g.opacity === undefined ? 1 : g.opacity);
    const wanted = hash.on === undefined ? null : new Set(hash.on.split(","));
    for (const layer of GP.layers) {
      layer.visible = wanted ? wanted.has(layer.id) : layer.visible;
      if (layer.visible) await GP.show(layer, true);
    }
    GP.emit("shown");
    if (at.length !== 3 || !at.every(isFinite)) first();

    map.on("click", function (e) { if (!GP.toolBusy()) GP.clicked(e); });
    mapNode.addEventListener("keydown", function (e) {
      if (e.key === "Enter" && e.target === mapNode && !GP.toolBusy()) GP.query(map.getCenter(), true);
    });
    map.on("popupopen", function () { mapNode.parentElement.classList.add("gp-asked"); });
    map.on("popupclose", function () { mapNode.parentElement.classList.remove("gp-asked"); });
    map.on("popupclose", function () { if (mapNode.contains(document.activeElement)) mapNode.focus(); });
    map.on("moveend", function () { writeHash(); GP.labels(); });
    GP.on("shown", function () { writeHash(); GP.labels(); });
    GP.on("opacity", writeHash);
    GP.on("dark", writeHash);
    GP.on("lang", function () { writeHash(); GP.labels(); });
    GP.labels();
    GP.setLang(GP.lang);
    requestAnimationFrame(function () {
      setTimeout(function () {
        document.documentElement.dataset.ready = String(Math.round(performance.now() - began));
        GP.announce(GP.t("ready"));
        GP.emit("ready");
      }, 0);
    });
  };
})();
