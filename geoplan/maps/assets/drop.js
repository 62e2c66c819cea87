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

  // "J1,1,4300000.00,36500000.00": point, ring, northing, easting; "@" ends the head of a plot
  function fromTxt(text) {
    const out = [];
    let plot = null, last = "";
    for (const line of text.split(/\r?\n/)) {
      if (/@\s*$/.test(line)) { plot = null; continue; }
      const found = line.match(/^\s*J?\d+\s*[,，]\s*(\d+)\s*[,，]\s*([\d.]+)\s*[,，]\s*([\d.]+)/i);
      if (!found) continue;
      const p = GP.geo.parse(found[3] + " " + found[2], GP.meta.crs);
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
    // the bureaus' TXT is GBK; its numbers are the same bytes in UTF-8
    return new TextDecoder("utf-8").decode(raw);
  }

  GP.importFile = async function (file) {
    GP.openTab("tools");
    try {
      const read = READ[file.name.split(".").pop().toLowerCase()];
      if (!read) throw new Error(GP.t("drop_kinds"));
      if (file.size > MOST_BYTES) throw new Error(GP.t("drop_large", { mb: MOST_BYTES / 1e6 }));
      let found;
      try { found = read(await textOf(file)); } catch (err) { throw err instanceof SyntaxError || err instanceof TypeError ? new Error(GP.t("drop_unread")) : err; }
      found = found.map(function (rings) { return rings.filter(function (r) { return r.length > 2; }); }).filter(function (rings) { return rings.length; });
      const n = found.reduce(function (s, rings) { return s + rings.reduce(function (t, r) { return t + r.length; }, 0); }, 0);
      if (!found.length) throw new Error(GP.t("drop_empty"));
      if (n > MOST_POINTS) throw new Error(GP.t("drop_points", { n: MOST_POINTS }));
      await GP.drawPolygons(found);
    } catch (err) { GP.toolSaid(GP.t("drop_failed", { error: err.message })); }
  };

  GP.dropPanel = function () {
    const pick = GP.el("input", { type: "file", id: "gp-import", accept: ".kml,.geojson,.json,.txt", label: GP.key("drop_pick"), on: {
      change: function () { if (pick.files[0]) GP.importFile(pick.files[0]); pick.value = ""; } } });
    return GP.el("div", { class: "gp-block gp-drop" }, [GP.el("h3", { text: GP.key("drop_pick") }), pick, GP.el("p", { class: "gp-dim", text: GP.key("drop_hint") })]);
  };

  GP.catchDrops = function (stage) {
    const over = function (on) { stage.classList.toggle("gp-dropping", on); };
    stage.addEventListener("dragover", function (e) { e.preventDefault(); over(true); });
    stage.addEventListener("dragleave", function () { over(false); });
    stage.addEventListener("drop", function (e) { e.preventDefault(); over(false); if (e.dataTransfer.files[0]) GP.importFile(e.dataTransfer.files[0]); });
  };
})();
