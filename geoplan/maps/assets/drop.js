// Boundaries from a file: KML, GeoJSON or the coordinate TXT of the ministry, read in the page.
// What a file says is numbers and nothing else: no name, style or link of it enters the page.
(function () {
  const MOST_BYTES = 20e6, MOST_POINTS = 100000;

  // of a polygon: `at` names it where something is wrong, `grid` is that of the file where it says one
  function points(list, at, grid) {
    const out = [];
    for (const p of list) {
      const lon = p && p[0], lat = p && p[1];
      if (typeof lon !== "number" || typeof lat !== "number" || !isFinite(lon) || !isFinite(lat)) throw new Error(GP.t("drop_at", { at: at, error: GP.t("drop_numbers") }));
      // latitude first: nobody turns a boundary round in silence
      if (!grid && Math.abs(lon) <= 90 && Math.abs(lat) > 90 && Math.abs(lat) <= 180) throw new Error(GP.t("drop_at", { at: at, error: GP.t("drop_turned") }));
      if (!grid && Math.abs(lon) <= 180 && Math.abs(lat) <= 90) out.push([lon, lat]);
      else {
        const found = GP.geo.parse(lon + " " + lat, grid || GP.meta.crs);
        if (!found) throw new Error(GP.t("drop_numbers"));
        out.push(found);
      }
    }
    return out;
  }

  // -> polygons, each a list of rings: the first is the outline, the others holes
  function fromGeoJson(text) {
    const out = [], doc = JSON.parse(text), grid = gridOfCode(doc && doc.crs);
    let n = 0;
    const rings = function (p) { const at = GP.t("drop_polygon", { n: n += 1 }); return p.map(function (r) { return points(r, at, grid); }); };
    const take = function (g) {
      if (!g || typeof g !== "object") return;
      if (Array.isArray(g.features)) g.features.forEach(function (f) { take(f && f.geometry); });
      else if (g.geometry) take(g.geometry);
      else if (Array.isArray(g.geometries)) g.geometries.forEach(take);
      else if (g.type === "Polygon") out.push(rings(g.coordinates));
      else if (g.type === "MultiPolygon") g.coordinates.forEach(function (p) { out.push(rings(p)); });
    };
    take(doc);
    return out;
  }

  // The system an older GeoJSON names: degrees of CGCS2000 and WGS 84 need none, its zones are known; others are refused.
  function gridOfCode(crs) {
    const name = crs && crs.properties && String(crs.properties.name || crs.properties.code || "");
    if (!crs || !name) return null;
    const code = Number((name.match(/(\d{4,6})\s*$/) || [])[1]);
    if (/CRS:?:?84$/i.test(name) || [4326, 4490].includes(code)) return null;
    const of = function (lon0) { return { lon0: lon0, k0: 1, x0: 5e5, y0: 0 }; };
    if (code >= 4491 && code <= 4501) return of(75 + 6 * (code - 4491));
    if (code >= 4502 && code <= 4512) return of(75 + 6 * (code - 4502));
    if (code >= 4513 && code <= 4533) return of(75 + 3 * (code - 4513));
    if (code >= 4534 && code <= 4554) return of(75 + 3 * (code - 4534));
    throw new Error(GP.t("drop_old", { system: name }));
  }

  function fromKml(text) {
    if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Error(GP.t("drop_unread"));
    const doc = new DOMParser().parseFromString(text, "application/xml");
    if (doc.getElementsByTagName("parsererror").length) throw new Error(GP.t("drop_unread"));
    const ring = function (node) {
      const c = node.getElementsByTagNameNS("*", "coordinates")[0];
      return points((c ? c.textContent : "").trim().split(/\s+/).filter(Boolean).map(function (t) { return t.split(",").map(function (v) { return v.trim() ? Number(v) : NaN; }); }), at);
    };
    let at = "";
    return Array.from(doc.getElementsByTagNameNS("*", "Polygon")).map(function (p, i) {
      at = GP.t("drop_polygon", { n: i + 1 });
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
    let plot = null, last = "", head = null, count = 0, begun = false;
    // the head of a plot says how many points it has; whether the first one stands again at the end differs
    const whole = function () {
      const said = head && Number(head[0]);
      const closed = plot ? plot.filter(function (r) { const a = r[0], b = r[r.length - 1]; return r.length > 1 && a[0] === b[0] && a[1] === b[1]; }).length : 0;
      if (Number.isInteger(said) && said > 0 && said !== count && said !== count - closed) throw new Error(GP.t("drop_count", { plot: head[2] || head[3] || "", said: said, n: count }));
      const ha = head && Number(head[1]), own = plot ? GP.areaOf([plot]) / 1e4 : 0;
      if (ha > 0 && own > 0 && Math.abs(own / ha - 1) > 0.01) out.told.push(GP.t("drop_area", { plot: head[2] || head[3] || "", said: GP.number(ha, 2), ha: GP.number(own, 2) }));
    };
    out.told = [];
    text.split(/\r?\n/).forEach(function (line, i) {
      if (!line.trim()) return;
      if (/@\s*$/.test(line)) { whole(); plot = null; begun = true; count = 0; head = line.split(/[,，]/).map(function (v) { return v.trim(); }); return; }
      if (/^\s*\[.*\]\s*$/.test(line)) return;
      const found = line.match(/^\s*J?\d+\s*[,，]\s*(\d+)\s*[,，]\s*(\d+(?:\.\d+)?)\s*[,，]\s*(\d+(?:\.\d+)?)\s*([,，].*)?$/i);
      if (!found) {
        if (begun) throw new Error(GP.t("drop_line", { n: i + 1, line: line.trim().slice(0, 40) }));
        return;
      }
      begun = true;
      count += 1;
      const east = Number(found[3]), before = Math.floor(east / 1e6);
      if (grid && before && before !== grid.zone) throw new Error(GP.t("drop_zone", { zone: grid.zone, width: grid.width }));
      if (!grid && !before && east > 180) out.assumed = true;
      const p = GP.geo.parse(grid && before ? String(east - before * 1e6) + " " + found[2] : found[3] + " " + found[2], grid || GP.meta.crs);
      if (!p) throw new Error(GP.t("drop_numbers"));
      if (!plot) { plot = []; out.push(plot); last = ""; }
      if (found[1] !== last) { plot.push([]); last = found[1]; }
      plot[plot.length - 1].push(p);
    });
    whole();
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
      const assumed = found.assumed, told = found.told || [];
      found = found.map(function (rings) { return rings.filter(function (r) { return r.length > 2; }); }).filter(function (rings) { return rings.length; });
      const n = found.reduce(function (s, rings) { return s + rings.reduce(function (t, r) { return t + r.length; }, 0); }, 0);
      if (!found.length) throw new Error(GP.t("drop_empty"));
      if (n > MOST_POINTS) throw new Error(GP.t("drop_points", { n: MOST_POINTS }));
      const seen = new Set(), once = found.filter(function (rings) { const key = JSON.stringify(rings); return seen.has(key) ? false : seen.add(key); });
      if (once.length < found.length) told.push(GP.t("drop_twice", { n: found.length - once.length }));
      once.forEach(function (rings, i) { if (rings.some(GP.geo.crosses)) throw new Error(GP.t("drop_at", { at: GP.t("drop_polygon", { n: i + 1 }), error: GP.t("drop_crossing") })); });
      await GP.drawPolygons(once);
      for (const text of told) document.getElementById("gp-tool-result").prepend(GP.el("p", { class: "gp-note", text: text }));
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
