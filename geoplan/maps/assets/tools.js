// Measuring, drawing, the coordinate readout, and the small things at the map's corners.
(function () {
  const tool = { mode: "", points: [], line: null, dots: null, hover: null };

  function show(m2) {
    const ha = m2 / 1e4;
    return GP.number(ha, ha < 100 ? 4 : 2) + " " + GP.t("unit.ha") + " = " + GP.number(ha * GP.meta.mu_per_ha, 2) + " " + GP.t("unit.mu") +
      " (" + GP.number(m2 / 1e6, 4) + " km²)";
  }
  GP.areaText = show;

  function lengthText(m) {
    return m < 1000 ? GP.number(m, 1) + " " + GP.t("unit.m") : GP.number(m / 1000, 3) + " " + GP.t("unit.km");
  }

  function lengthOf(points, closed) {
    let sum = 0;
    for (let i = 1; i < points.length; i++) sum += GP.geo.distance(points[i - 1], points[i]);
    if (closed && points.length > 2) sum += GP.geo.distance(points[points.length - 1], points[0]);
    return sum;
  }

  function result(node) {
    const box = document.getElementById("gp-tool-result");
    box.replaceChildren(node);
    return box;
  }

  function draw() {
    if (!tool.dots) {
      const pane = GP.map.getPane("gp-draw") || GP.map.createPane("gp-draw");
      pane.style.zIndex = "620";
      pane.style.pointerEvents = "none";
      tool.dots = L.layerGroup().addTo(GP.map);
    }
    tool.dots.clearLayers();
    const pts = tool.points.map(function (p) { return [p[1], p[0]]; });
    if (tool.hover && tool.mode) pts.push(tool.hover);
    const look = { pane: "gp-draw", color: "#b3003c", weight: 2.5, interactive: false, fillColor: "#b3003c", fillOpacity: 0.12 };
    if (tool.kind === "distance" && pts.length > 1) tool.dots.addLayer(L.polyline(pts, look));
    if (tool.kind !== "distance" && pts.length > 1) tool.dots.addLayer(L.polygon(pts, look));
    tool.points.forEach(function (p) {
      tool.dots.addLayer(L.circleMarker([p[1], p[0]], Object.assign({}, look, { radius: 4, fillColor: "#fff", fillOpacity: 1 })));
    });
    live();
  }

  function live() {
    if (!tool.kind) return;
    const pts = tool.points;
    result(GP.el("dl", { class: "gp-result" }, tool.kind === "distance"
      ? [GP.el("dt", { text: GP.key("distance") }), GP.el("dd", { id: "gp-distance", text: function () { return lengthText(lengthOf(pts)); } })]
      : [GP.el("dt", { text: GP.key("area") }),
        GP.el("dd", { id: "gp-area", "data-m2": String(GP.geo.area(pts)), text: function () { return show(GP.geo.area(pts)); } }),
        GP.el("dt", { text: GP.key("perimeter") }), GP.el("dd", { text: function () { return lengthText(lengthOf(pts, true)); } })]));
  }

  GP.startTool = function (kind) {
    GP.stopTool(true);
    GP.map.closePopup();
    tool.mode = kind; tool.kind = kind; tool.points = []; tool.hover = null;
    GP.map.doubleClickZoom.disable();
    GP.map.getContainer().classList.add("gp-drawing");
    document.querySelectorAll("[data-tool]").forEach(function (b) {
      b.setAttribute("aria-pressed", String(b.dataset.tool === kind)); });
    document.getElementById("gp-tool-bar").hidden = false;
    GP.announce(GP.t("tool_hint"));
    draw();
  };

  GP.stopTool = function (clear) {
    const kind = tool.mode;
    tool.mode = ""; tool.hover = null;
    GP.map.getContainer().classList.remove("gp-drawing");
    setTimeout(function () { if (!tool.mode) GP.map.doubleClickZoom.enable(); }, 300);
    document.querySelectorAll("[data-tool]").forEach(function (b) { b.setAttribute("aria-pressed", "false"); });
    document.getElementById("gp-tool-bar").hidden = true;
    if (clear) { tool.points = []; tool.kind = ""; if (tool.dots) tool.dots.clearLayers(); result(""); return; }
    draw();
    if (kind === "overlap" && tool.points.length > 2) {
      if (GP.geo.crosses(tool.points)) GP.toolSaid(GP.t("drop_crossing"));
      else overlap([[tool.points.slice()]]);
    }
    if (kind) GP.emit("drawn", { kind: kind, points: tool.points.slice() });
  };

  GP.drawPoints = function (kind, points) {
    GP.startTool(kind);
    tool.points = points;
    GP.stopTool(false);
    if (points.length > 1) GP.map.fitBounds(points.map(function (p) { return [p[1], p[0]]; }), { maxZoom: 15, padding: [40, 40] });
  };

  // A regular grid over the drawing; each point inside it stands for the same area.
  function sampled(polygonsOf, wanted) {
    const rings = polygonsOf.flat();
    let w = Infinity, s = Infinity, e = -Infinity, n = -Infinity;
    for (const p of rings.flat()) { w = Math.min(w, p[0]); e = Math.max(e, p[0]); s = Math.min(s, p[1]); n = Math.max(n, p[1]); }
    const k = Math.cos((s + n) / 2 * Math.PI / 180);
    const step = Math.sqrt(Math.max(1e-14, (e - w) * k * (n - s) / wanted));
    const grid = { w: w, s: s, e: e, n: n, nx: Math.max(1, Math.ceil((e - w) * k / step)), ny: Math.max(1, Math.ceil((n - s) / step)) };
    grid.dx = (e - w) / grid.nx; grid.dy = (n - s) / grid.ny;
    grid.inside = new Uint8Array(grid.nx * grid.ny); grid.points = [];
    // each polygon for itself: land two of them cover counts once
    grid.hits = 0;
    for (const own of polygonsOf) GP.data.fill(grid, own.map(function (ring) { return { n: ring.length, x: function (i) { return ring[i][0]; }, y: function (i) { return ring[i][1]; } }; }), function (at) {
      grid.hits += 1;
      if (grid.inside[at]) return;
      grid.inside[at] = 1;
      grid.points.push([w + (at % grid.nx + 0.5) * grid.dx, s + (Math.floor(at / grid.nx) + 0.5) * grid.dy]);
    });
    return grid;
  }
  function areaOf(polygonsOf) {
    return polygonsOf.reduce(function (sum, rings) { return sum + rings.reduce(function (s, r, i) { return s + (i ? -1 : 1) * GP.geo.area(r); }, 0); }, 0);
  }
  GP.areaOf = areaOf;
  GP.drawPolygons = async function (polygonsOf) {
    GP.stopTool(true);
    draw();
    const look = { pane: "gp-draw", color: "#b3003c", weight: 2.5, interactive: false, fillColor: "#b3003c", fillOpacity: 0.12 };
    const shape = L.polygon(polygonsOf.map(function (rings) { return rings.map(function (r) { return r.map(function (p) { return [p[1], p[0]]; }); }); }), look);
    tool.dots.addLayer(shape);
    GP.map.fitBounds(shape.getBounds(), { maxZoom: 15, padding: [40, 40], animate: false });
    await overlap(polygonsOf);
  };
  GP.toolSaid = function (text) { result(GP.el("p", { class: "gp-note", text: text })); };
  const breath = function () { return new Promise(function (done) { setTimeout(done, 0); }); };

  function tableOf(rows, heads) {
    return GP.el("table", { class: "gp-table" }, [
      GP.el("thead", {}, [GP.el("tr", {}, heads.map(function (h) { return GP.el("th", { scope: "col", text: h }); }))]),
      GP.el("tbody", {}, rows.map(function (r) { return GP.el("tr", {}, r.map(function (c, i) {
        return GP.el(i ? "td" : "th", i ? { text: c } : { scope: "row" }, i ? [] : [c]); })); })),
    ]);
  }

  const areaCells = function (part, m2) {
    return [function () { return GP.number(part * m2 / 1e4, 2); }, function () { return GP.number(part * m2 / 1e4 * GP.meta.mu_per_ha, 1); },
      function () { return GP.number(100 * part, 1) + " %"; }];
  };
  const HEADS = [" ", function () { return GP.t("unit.ha"); }, function () { return GP.t("unit.mu"); }, GP.key("share")];

  // polygons, each a list of rings of which the first is the outline
  async function overlap(polygonsOf) {
    const began = performance.now(), grid = sampled(polygonsOf, 20000), points = grid.points, n = points.length || 1;
    const shared = grid.hits > points.length, m2 = areaOf(polygonsOf) * (shared ? points.length / grid.hits : 1);
    const techs = Object.keys(GP.meta.codes), polygons = GP.layers.filter(function (l) { return l.overlap && l.geometry === "polygon"; });
    const bar = GP.el("progress", { max: String(techs.length + polygons.length), value: "0", label: GP.key("overlap_working") });
    result(GP.el("div", { class: "gp-working" }, [GP.el("p", { text: GP.key("overlap_working") }), bar]));
    const step = async function () { bar.value += 1; await breath(); };
    await breath();
    const box = GP.el("div", { class: "gp-overlap", id: "gp-overlap" }, [GP.el("h3", { text: GP.key("overlap_title") }),
      GP.el("p", { "data-m2": String(m2), text: function () { return show(m2); } }),
      shared ? GP.el("p", { class: "gp-note", text: GP.key("overlap_shared") }) : null]);
    for (const tech of techs) {
      const states = {}, rules = {}, open = {};
      const counts = await GP.data.codeCounts(tech, points);
      await step();
      for (const entry of counts) {
        const row = GP.data.codeRow(tech, entry[0]);
        const name = row ? GP.meta.states[row.state] : "outside";
        states[name] = (states[name] || 0) + entry[1];
        if (!row) continue;
        for (const id of row.hard.concat(row.conditional)) rules[id] = (rules[id] || 0) + entry[1];
        for (const id of row.unknown) open[id] = (open[id] || 0) + entry[1];
      }
      const order = ["left", "conditional", "provisional", "taken", "unknown", "outside"].filter(function (s) { return states[s]; });
      box.append(GP.el("h4", { text: function () { return GP.t("overlap_state", { tech: GP.t("tech." + tech) }); } }),
        tableOf(order.map(function (s) {
          return [GP.el("span", {}, [GP.el("i", { class: "gp-chip", style: { background: GP.meta.palette[s] || "#fff" } }),
            GP.el("span", { text: function () { return GP.t("state." + tech + "." + s); } })]), ...areaCells(states[s] / n, m2)];
        }), HEADS));
      const hit = Object.keys(rules).sort(function (a, b) { return rules[b] - rules[a]; });
      if (hit.length) box.append(GP.el("h4", { text: GP.key("overlap_rules") }), tableOf(hit.map(function (id) {
        const rule = GP.meta.rules[id];
        return [GP.el("span", { title: function () { return rule ? [GP.say(rule.citation)].concat(GP.lawTexts(rule)).join("\n") : ""; }, text: function () { return id + " " + (rule ? GP.say(rule.title) : ""); } }),
          ...areaCells(rules[id] / n, m2)];
      }), HEADS));
      const waits = Object.keys(open).sort(function (a, b) { return open[b] - open[a]; });
      if (waits.length) box.append(GP.el("details", { class: "gp-unjudged" }, [GP.el("summary", { text: function () { return GP.t("overlap_unjudged", { n: waits.length }); } }),
        tableOf(waits.map(function (id) {
          const rule = GP.meta.rules[id];
          return [GP.el("span", { text: function () { return id + " " + (rule ? GP.say(rule.title) : ""); } }), ...areaCells(open[id] / n, m2)];
        }), HEADS)]));
    }
    const rows = [];
    for (const layer of polygons) {
      const data = await GP.load(layer);
      await step();
      const byClass = new Map();
      for (const f of GP.data.inBox(data, grid.w, grid.s, grid.e, grid.n)) {
        let hits = 0;
        GP.data.fill(grid, GP.data.ringsOf(data, f), function (at) { hits += grid.inside[at]; });
        if (!hits) continue;
        const k = GP.classOf(layer, data, f);
        if (!byClass.has(k)) byClass.set(k, { n: 0, set: new Set() });
        const c = byClass.get(k); c.n += hits; c.set.add(f);
      }
      for (const entry of Array.from(byClass).sort(function (a, b) { return b[1].n - a[1].n; }))
        rows.push([GP.el("span", {}, [GP.el("i", { class: "gp-chip", style: { background: GP.colourOf(layer, entry[0]) } }),
          GP.el("span", { text: function () {
            const cls = layer.style_by && layer.classes[entry[0]];
            return GP.say(layer.title) + (cls ? " · " + GP.say(cls.label) : "") + " · " + entry[1].set.size; } })]),
        ...areaCells(entry[1].n / n, m2)]);
    }
    if (rows.length) box.append(GP.el("h4", { text: GP.key("overlap_features") }), tableOf(rows, HEADS));
    box.append(GP.el("p", { class: "gp-dim", text: GP.key("overlap_note") }));
    box.dataset.ms = String(Math.round(performance.now() - began));
    result(box);
    GP.emit("overlap", box);
  }

  GP.tools = function () {
    const button = function (kind, key) {
      return GP.el("button", { type: "button", class: "gp-button", "data-tool": kind, "aria-pressed": "false", text: GP.key(key),
        on: { click: function () { tool.mode === kind ? GP.stopTool(false) : GP.startTool(kind); } } });
    };
    const corners = GP.el("textarea", { rows: "4", id: "gp-corners", spellcheck: "false", label: GP.key("tool_vertices"), hint: "106.50 38.90" });
    const bar = GP.el("div", { id: "gp-tool-bar", class: "gp-row", hidden: true }, [
      GP.el("button", { type: "button", class: "gp-button gp-go", text: GP.key("tool_stop"), on: { click: function () { GP.stopTool(false); } } }),
      GP.el("button", { type: "button", class: "gp-button", text: GP.key("tool_undo"), on: { click: function () { tool.points.pop(); draw(); } } }),
    ]);
    GP.map.on("click", function (e) {
      if (!tool.mode) return;
      const last = tool.points[tool.points.length - 1];
      // the second click of a double click is not a new corner
      if (last && GP.map.latLngToContainerPoint([last[1], last[0]]).distanceTo(e.containerPoint) < 3) return;
      tool.points.push([e.latlng.lng, e.latlng.lat]);
      draw();
    });
    GP.map.on("dblclick", function () { if (tool.mode) GP.stopTool(false); });
    GP.map.on("mousemove", function (e) { if (tool.mode) { tool.hover = e.latlng; draw(); } });
    document.addEventListener("keydown", function (e) {
      if (!tool.mode || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
      if (e.key === "Escape") GP.stopTool(true);
      else if (e.key === "Enter" && e.target.tagName !== "BUTTON") { e.stopPropagation(); e.preventDefault(); GP.stopTool(false); }
      else if (e.key === "Backspace") { tool.points.pop(); draw(); }
      else if (e.key === " " && e.target === GP.map.getContainer()) {
        e.preventDefault();
        const c = GP.map.getCenter(); tool.points.push([c.lng, c.lat]); draw();
      }
    }, true);
    return GP.el("div", { class: "gp-tools" }, [
      GP.el("div", { class: "gp-row" }, [button("distance", "measure_distance"), button("area", "measure_area"), button("overlap", "draw_overlap")]),
      GP.el("p", { class: "gp-dim", text: GP.key("tool_hint") }), bar,
      GP.el("details", {}, [GP.el("summary", { text: GP.key("tool_vertices") }), corners,
        GP.el("div", { class: "gp-row" }, [GP.el("button", { type: "button", class: "gp-button", id: "gp-apply", text: GP.key("tool_apply"), on: { click: function () {
          const lines = corners.value.split("\n"), read = lines.map(function (line) { return line.trim() ? GP.geo.parse(line, GP.meta.crs) : null; });
          const bad = lines.findIndex(function (line, i) { return line.trim() && !read[i]; }), pts = read.filter(Boolean);
          GP.stopTool(true);
          if (bad >= 0) GP.toolSaid(GP.t("drop_line", { n: bad + 1, line: lines[bad].trim().slice(0, 40) }));
          else if (pts.length < 2) GP.toolSaid(GP.t("tool_too_few"));
          else if (pts.length > 2 && GP.geo.crosses(pts)) GP.toolSaid(GP.t("drop_crossing"));
          else GP.drawPoints(pts.length > 2 ? "overlap" : "distance", pts);
        } } })])]),
      GP.el("div", { class: "gp-row" }, [GP.el("button", { type: "button", class: "gp-button", text: GP.key("tool_clear"), on: { click: function () { GP.stopTool(true); } } })]),
      GP.el("div", { id: "gp-tool-result", "aria-live": "polite" }),
    ]);
  };
  GP.toolBusy = function () { return !!tool.mode; };

  // ---- the map's corners
  GP.readout = function () {
    const ll = GP.el("span", { class: "gp-mono" }), gk = GP.el("span", { class: "gp-mono" });
    const set = function (p) {
      const w = GP.where(p.lng, p.lat);
      ll.textContent = w[0] + "  (" + GP.geo.dms(p.lng, "E", "W") + " " + GP.geo.dms(p.lat, "N", "S") + ")";
      gk.textContent = w[1] ? w[1] + "  " + (GP.meta.crs.cgcs ? "CGCS2000 GK " + GP.meta.crs.lon0 + "°E" : GP.meta.crs.name) : "";
    };
    GP.map.on("mousemove", function (e) { set(e.latlng); });
    GP.map.on("move", function () { set(GP.map.getCenter()); });
    GP.map.on("moveend", function () { set(GP.map.getCenter()); });
    GP.on("lang", function () { set(GP.map.getCenter()); });
    set(GP.map.getCenter());
    return GP.el("div", { class: "gp-readout", id: "gp-readout" }, [gk, ll]);
  };

  const PATHS = { plus: "M12 5v14M5 12h14", minus: "M5 12h14", home: "M4 11l8-7 8 7M6 10v10h12V10", full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
    print: "M7 8V3h10v5M7 17H4v-7h16v7h-3M7 14h10v7H7z" };

  GP.buttons = function (home) {
    const make = function (key, icon, act) {
      return GP.el("button", { type: "button", class: "gp-map-button", label: GP.key(key), title: GP.key(key), "data-act": key, on: { click: act } }, [GP.icon(PATHS[icon])]);
    };
    const hint = GP.el("div", { class: "gp-hint", role: "status", hidden: true }, [GP.el("p", { text: GP.key("print_hint") }),
      GP.el("button", { type: "button", class: "gp-button gp-go", id: "gp-print-page", text: GP.key("print_page"), on: { click: function () { hint.hidden = true; GP.printPage(); } } })]);
    const stack = GP.el("div", { class: "gp-map-buttons" }, [
      make("zoom_in", "plus", function () { GP.map.zoomIn(); }),
      make("zoom_out", "minus", function () { GP.map.zoomOut(); }),
      make("home", "home", home),
      make("full_screen", "full", function () {
        const main = document.getElementById("gp-main");
        document.fullscreenElement ? document.exitFullscreen() : main.requestFullscreen && main.requestFullscreen();
      }),
      make("print", "print", function () { hint.hidden = !hint.hidden; }),
    ]);
    const north = GP.el("div", { class: "gp-north", role: "img", label: GP.key("north"), title: GP.key("north") }, [
      GP.svg("svg", { viewBox: "0 0 40 52", "aria-hidden": "true" }, [
        GP.svg("path", { d: "M20 2L32 46L20 37Z", fill: "#1f2933" }), GP.svg("path", { d: "M20 2L8 46L20 37Z", fill: "#fff", stroke: "#1f2933", "stroke-width": 1.5 })]),
      GP.el("b", { text: GP.key("north_short") })]);
    return [stack, north, hint];
  };
})();
