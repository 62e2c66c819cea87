// Boundaries from a file: KML, GeoJSON or the coordinate TXT of the ministry, read in the page.
// What a file says is numbers and nothing else: no name, style or link of it enters the page.
(function () {
  const MOST_BYTES = 20e6, MOST_POINTS = 100000;

  function points(list) {
    const out = [];
    for (const p of list) {
      const lon = Number(p[0]), lat = Number(p[1]);
      if (!isFinite(lon) || !isFinite(lat)) throw new Error(GP.t("drop_numbers"));
      if (Math.abs(lon) <= 180 && Math.abs(lat) <= 90) out.push([lon, lat]);
      else {
        const found = GP.geo.parse(lon + " " + lat, GP.meta.crs);
        if (!found) throw new Error(GP.t("drop_numbers"));
        out.push(found);
      }
    }
    return out;
  }

  // -> polygons, each a list of rings: the first is the outline, the others holes
  function fromGeoJson(text) {
    const out = [];
    const take = function (g) {
      if (!g || typeof g !== "object") return;
      if (Array.isArray(g.features)) g.features.forEach(function (f) { take(f && f.geometry); });
      else if (g.geometry) take(g.geometry);
      else if (Array.isArray(g.geometries)) g.geometries.forEach(take);
      else if (g.type === "Polygon") out.push(g.coordinates.map(points));
      else if (g.type === "MultiPolygon") g.coordinates.forEach(function (p) { out.push(p.map(points)); });
    };
    take(JSON.parse(text));
    return out;
  }

  function fromKml(text) {
    if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Error(GP.t("drop_unread"));
    const doc = new DOMParser().parseFromString(text, "application/xml");
    if (doc.getElementsByTagName("parsererror").length) throw new Error(GP.t("drop_unread"));
    const ring = function (node) {
      const c = node.getElementsByTagNameNS("*", "coordinates")[0];
      return points((c ? c.textContent : "").trim().split(/\s+/).filter(Boolean).map(function (t) { return t.split(","); }));
    };
    return Array.from(doc.getElementsByTagNameNS("*", "Polygon")).map(function (p) {
      return ["outerBoundaryIs", "innerBoundaryIs"].flatMap(function (n) { return Array.from(p.getElementsByTagNameNS("*", n)); }).map(ring); });
  }

  // The head of the ministry's text: "坐标系=2000国家大地坐标系", "几度分带=3", "带号=35".
  // Another datum lies some hundred metres off, another zone some hundred kilometres: refused.
  function gridOf(text) {
    const said = {};
    for (const line of text.split("[地块坐标]")[0].split(/\r?\n/)) {
      const at = line.indexOf("=");
      if (at > 0) said[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    }
    const system = said["坐标系"] || "";
    if (system && !/2000|CGCS/i.test(system)) throw new Error(GP.t("drop_old", { system: system }));
    const digits = function (key) { return Number((said[key] || "").replace(/\D/g, "")); };
    const zone = digits("带号"), width = digits("几度分带") || (zone && zone < 24 ? 6 : 3);
    if (!zone) return null;
    const known = width === 3 ? zone >= 25 && zone <= 45 : width === 6 && zone >= 13 && zone <= 23;
    if (!known) throw new Error(GP.t("drop_zone", { zone: zone, width: width }));
    return { zone: zone, width: width, lon0: zone * width - (width === 6 ? 3 : 0), k0: 1, x0: 5e5, y0: 0 };
  }

  // "J1,1,4300000.00,36500000.00": point, ring, northing, easting; "@" ends the head of a plot
  function fromTxt(text) {
    const out = [], grid = gridOf(text);
    let plot = null, last = "";
    for (const line of text.split(/\r?\n/)) {
      if (/@\s*$/.test(line)) { plot = null; continue; }
      const found = line.match(/^\s*J?\d+\s*[,，]\s*(\d+)\s*[,，]\s*([\d.]+)\s*[,，]\s*([\d.]+)/i);
      if (!found) continue;
      const east = Number(found[3]), before = Math.floor(east / 1e6);
      if (grid && before && before !== grid.zone) throw new Error(GP.t("drop_zone", { zone: grid.zone, width: grid.width }));
      if (!grid && !before && east > 180) out.assumed = true;
      const p = GP.geo.parse(grid && before ? String(east - before * 1e6) + " " + found[2] : found[3] + " " + found[2], grid || GP.meta.crs);
      if (!p) throw new Error(GP.t("drop_numbers"));
      if (!plot) { plot = []; out.push(plot); last = ""; }
      if (found[1] !== last) { plot.push([]); last = found[1]; }
      plot[plot.length - 1].push(p);
    }
    return out;
  }

  const READ = { kml: fromKml, geojson: fromGeoJson, json: fromGeoJson, txt: fromTxt };

  async function textOf(file) {
    const raw = await file.arrayBuffer();
    try { return new TextDecoder("utf-8", { fatal: true }).decode(raw); } catch (err) {
      return new TextDecoder("gb18030").decode(raw); // of the bureaus
    }
  }

  GP.importFile = async function (file) {
    GP.openTab("tools");
    try {
      const read = READ[file.name.split(".").pop().toLowerCase()];
      if (!read) throw new Error(GP.t("drop_kinds"));
      if (file.size > MOST_BYTES) throw new Error(GP.t("drop_large", { mb: MOST_BYTES / 1e6 }));
      let found;
      try { found = read(await textOf(file)); } catch (err) { throw err instanceof SyntaxError || err instanceof TypeError ? new Error(GP.t("drop_unread")) : err; }
      const assumed = found.assumed;
      found = found.map(function (rings) { return rings.filter(function (r) { return r.length > 2; }); }).filter(function (rings) { return rings.length; });
      const n = found.reduce(function (s, rings) { return s + rings.reduce(function (t, r) { return t + r.length; }, 0); }, 0);
      if (!found.length) throw new Error(GP.t("drop_empty"));
      if (n > MOST_POINTS) throw new Error(GP.t("drop_points", { n: MOST_POINTS }));
      await GP.drawPolygons(found);
      if (assumed) document.getElementById("gp-tool-result").prepend(GP.el("p", { class: "gp-note", text: GP.t("drop_assumed", { name: GP.meta.crs.name }) }));
    } catch (err) { GP.toolSaid(GP.t("drop_failed", { error: err.message })); }
  };

  GP.dropPanel = function () {
    const pick = GP.el("input", { type: "file", id: "gp-import", accept: ".kml,.geojson,.json,.txt", label: GP.key("drop_pick"), on: {
      change: function () { if (pick.files[0]) GP.importFile(pick.files[0]); pick.value = ""; } } });
    return GP.el("div", { class: "gp-block gp-drop" }, [GP.el("h3", { text: GP.key("drop_pick") }), GP.el("label", { class: "gp-button gp-pick" }, [GP.el("span", { text: GP.key("drop_choose") }), pick]), GP.el("p", { class: "gp-dim", text: GP.key("drop_hint") })]);
  };

  GP.catchDrops = function (stage) {
    const over = function (on) { stage.classList.toggle("gp-dropping", on); };
    stage.addEventListener("dragover", function (e) { e.preventDefault(); over(true); });
    stage.addEventListener("dragleave", function () { over(false); });
    stage.addEventListener("drop", function (e) { e.preventDefault(); over(false); if (e.dataTransfer.files[0]) GP.importFile(e.dataTransfer.files[0]); });
  };
})();
