// What is here: the state of each screened technology with its rules, then the features.
(function () {
  const SHOWN_RULES = 6;

  // the law of the day, line by line, in the language of the page
  GP.lawTexts = function (rule) {
    const law = rule.law || {};
    return law[GP.lang] || law.zh || [];
  };
  GP.lawLines = function (rule) {
    return ((rule.law || {}).zh || []).map(function (_, i) {
      return GP.el("li", { text: function () { return GP.lawTexts(rule)[i]; } });
    });
  };

  function ruleItem(id) {
    const rule = GP.meta.rules[id];
    if (!rule) return GP.el("li", { text: id });
    const head = GP.el("summary", {}, [
      GP.el("span", { class: "gp-rule-id", text: id }),
      GP.el("span", { text: rule.title }),
      rule.review
        ? GP.el("span", { class: "gp-mark", text: GP.key("needs_review") }) : null,
      rule.kind === "engineering"
        ? GP.el("span", { class: "gp-mark", text: GP.key("kind_" + rule.kind) }) : null,
    ]);
    return GP.el("li", {}, [GP.el("details", {}, [
      head,
      GP.el("div", { class: "gp-cite", text: rule.citation }),
      GP.el("ul", { class: "gp-law" }, GP.lawLines(rule)),
      rule.quote ? GP.el("blockquote", { text: rule.quote, lang: "zh-CN" }) : null,
      rule.layer ? GP.el("div", { class: "gp-dim", text: GP.key("rule_layer", { layer: function () { return sourceLine(rule.layer); } }) }) : null,
    ])]);
  }

  function sourceLine(layerId) {
    const found = (GP.meta.sources || []).find(function (s) { return s.id === layerId; });
    if (!found) return layerId;
    return [GP.say(found.title), found.source, found.date].filter(Boolean).join(" · ");
  }

  GP.ruleList = function (ids, key, cls) {
    if (!ids.length) return null;
    const first = ids.slice(0, SHOWN_RULES), rest = ids.slice(SHOWN_RULES);
    const list = GP.el("ul", { class: "gp-rules" }, first.map(ruleItem));
    if (rest.length) {
      const more = GP.el("button", { type: "button", class: "gp-link", text: GP.key("popup_more", { n: rest.length }), on: {
        click: function () { more.parentNode.remove(); rest.forEach(function (id) { list.append(ruleItem(id)); }); } } });
      list.append(GP.el("li", {}, [more]));
    }
    return GP.el("div", { class: "gp-reason gp-" + cls }, [
      GP.el("h4", { text: function () { return GP.t("bracketed", { text: GP.t(key), more: ids.length }); } }), list]);
  };

  // how much of the law was looked at here; nothing to say where all of it was
  function judgedLine(tech, row) {
    const of = (GP.meta.judged_of || {})[tech];
    if (row.frac === null || !of || row.n >= of) return null;
    return GP.el("p", { class: "gp-judged", text: function () {
      return GP.t("popup_judged", { share: GP.number(100 * row.frac, 0), hard: GP.number(100 * row.hard_frac, 0), n: row.n, m: of }); } });
  }

  function stateBlock(tech, row) {
    const name = GP.meta.states[row.state] || "outside";
    if (name === "outside") return null;
    // what nobody builds on is no law, and is told apart from it
    const noLaw = function (id) { return (GP.meta.rules[id] || {}).kind === "engineering"; };
    const parts = [
      GP.ruleList(row.hard.filter(function (id) { return !noLaw(id); }), "popup_hard", "hard"),
      GP.ruleList(row.hard.filter(noLaw), "kind_engineering", "hard"),
      GP.ruleList(row.unknown, "popup_unknown", "unknown"),
      GP.ruleList(row.conditional, "popup_conditional", "conditional"),
      GP.ruleList(row.preference, "popup_preference", "preference"),
    ].filter(Boolean);
    return GP.el("section", { class: "gp-pop-part" }, [
      GP.el("h3", {}, [
        GP.el("i", { class: "gp-chip", style: { background: GP.meta.palette[name] } }),
        GP.el("span", { text: function () {
          return GP.t("popup_state", { tech: GP.t("tech." + tech), state: GP.t("state." + tech + "." + name) }); } }),
      ]),
      judgedLine(tech, row),
      ...(parts.length ? parts : [GP.el("p", { class: "gp-dim", text: GP.key("popup_none") })]),
    ]);
  }

  GP.valueText = function (layer, field, value) {
    if (value === null || value === undefined || value === "") return "–";
    if (field.text) { const k = field.text + "." + value, s = GP.t(k); return s === k ? String(value) : s; }
    if (typeof value === "number" && field.percent) return GP.number(100 * value, field.decimals === null ? 1 : field.decimals) + " %";
    if (typeof value === "number") {
      const d = field.decimals === null ? (Number.isInteger(value) ? 0 : 3) : field.decimals;
      return GP.number(value, d) + (field.unit ? " " + GP.unit(field.unit) : "");
    }
    const known = layer.style_by === field.name && layer.classes.find(function (c) { return String(c.value) === String(value); });
    return known ? GP.say(known.label) : String(value);
  };

  // "42.65 (4.60–91.40) tC/ha": the interval stands behind the value where there is one
  function withInterval(layer, field, f, value) {
    const low = field.low ? GP.data.attr(layer.data, field.low, f) : null;
    const high = field.high ? GP.data.attr(layer.data, field.high, f) : null;
    if (value === null && field.low) return GP.t("pool_not_estimated");
    if (typeof value !== "number" || typeof low !== "number" || typeof high !== "number") return GP.valueText(layer, field, value);
    const d = field.decimals === null ? 3 : field.decimals;
    return GP.number(value, d) + " (" + GP.number(low, d) + "–" + GP.number(high, d) + ")" + (field.unit ? " " + GP.unit(field.unit) : "");
  }

  function featureBlock(layer, f) {
    const rows = [], lists = [];
    for (const field of layer.fields) {
      const at = function () {
        return GP.data.attr(layer.data, field.name.endsWith("_") ? field.name + GP.lang : field.name, f); };
      const value = at();
      if (value === null && !field.low) continue;
      if (field.quiet && !value) continue;
      if (field.rules) {
        const unjudged = field.name === "rules_not_judged";
        lists.push(GP.ruleList(String(value).split(/[;,|\s]+/).filter(Boolean), unjudged ? "popup_unknown" : layer.rules_key || "popup_conditional", unjudged ? "unknown" : "conditional"));
        continue;
      }
      rows.push(GP.el("tr", {}, [GP.el("th", { scope: "row", text: field.title }),
        GP.el("td", { text: function () { return withInterval(layer, field, f, at()); } })]));
    }
    return GP.el("section", { class: "gp-pop-part" }, [
      GP.el("h3", {}, [GP.el("i", { class: "gp-chip", style: { background: GP.colourOf(layer, GP.classOf(layer, layer.data, f)) } }),
        GP.el("span", { text: layer.title })]),
      rows.length ? GP.el("table", {}, [GP.el("tbody", {}, rows)]) : null,
      ...lists,
      layer.label === "site_id" ? GP.signoffBlock(String(GP.data.attr(layer.data, layer.label, f))) : null,
      GP.el("p", { class: "gp-dim gp-source", text: function () {
        return GP.t("popup_source", { source: (GP.meta.synthetic ? GP.t("synthetic_short") + " · " : "") + "geoplan " + GP.meta.run.id }) + " · " + GP.t("popup_date", { date: GP.meta.run.date }); } }),
    ]);
  }

  GP.where = function (lon, lat) {
    const parts = [lon.toFixed(6) + "°, " + lat.toFixed(6) + "°"];
    const crs = GP.meta.crs;
    if (crs.lon0 !== undefined) {
      const p = GP.geo.forward(lon, lat, crs);
      parts.push(GP.t("readout_gk", { x: p[0].toFixed(1), y: p[1].toFixed(1) }));
    }
    return parts;
  };

  // What is asked for moves the map: a popup for room, a name for what it names. Closed, the map goes back
  // to where it was, unless it was moved by hand meanwhile; a popup in the place of another keeps the view of the first.
  let kept = null;
  const view = function () { return { centre: GP.map.getCenter(), zoom: GP.map.getZoom() }; };
  const here = function (own) { return own.panning || (GP.map.getZoom() === own.now.zoom && GP.map.getCenter().equals(own.now.centre, 1e-7)); };
  const keep = function () {
    if (!kept || !here(kept)) kept = { back: view(), now: view(), panning: false, awaited: false };
    return kept;
  };

  // To what is asked for by name: `move` shows it, the popup that tells of it comes after.
  GP.moved = function (move) {
    const own = keep();
    own.awaited = true;
    move();
    own.now = view();
  };

  function keepView(popup) {
    const own = keep();
    own.awaited = false;
    const begun = function () {
      own.panning = true;
      GP.map.once("moveend", function () { own.panning = false; own.now = view(); });
    };
    GP.map.on("autopanstart", begun);
    popup.once("remove", function () {
      GP.map.off("autopanstart", begun);
      // not at once: a click that closes it is still to be told where on the map it fell
      setTimeout(function () {
        const open = document.querySelector("#gp-stage .leaflet-popup:not([style*='opacity: 0'])");
        if (kept !== own || own.awaited || open) return;
        kept = null;
        if (here(own)) GP.map.setView(own.back.centre, own.back.zoom, { animate: false });
      }, 0);
    });
  }

  // A click on a name asks for what is called so, one on a site for the site; plain land for itself.
  GP.clicked = async function (e) {
    const x = e.originalEvent.clientX, y = e.originalEvent.clientY;
    const name = Array.from(document.querySelectorAll(".gp-label[data-f]")).find(function (n) {
      const b = n.getBoundingClientRect(); return x >= b.left && x <= b.right && y >= b.top && y <= b.bottom; });
    if (!name) return GP.query(e.latlng, false, siteAt(e.latlng));
    const named = { layer: GP.byId[name.dataset.layer], f: Number(name.dataset.f) }, data = named.layer.data;
    // a name may stand beside what it names
    const on = data.dim === 2 && GP.data.inside(data, named.f, e.latlng.lng, e.latlng.lat), p = on ? null : GP.anchor(data, named.f);
    return GP.query(on ? e.latlng : L.latLng(p[1], p[0]), false, named);
  };

  function siteAt(latlng) {
    const layer = GP.layers.find(function (l) { return l.visible && l.label === "site_id" && l.data && l.hit; });
    const f = layer && GP.data.at(layer.data, latlng.lng, latlng.lat, 0).find(function (i) { return !layer.hidden || !layer.hidden[i]; });
    return f === undefined ? undefined : { layer: layer, f: f };
  }

  GP.query = async function (latlng, focus, named) {
    const lon = latlng.lng, lat = latlng.lat;
    const box = GP.el("div", { class: "gp-pop", tabindex: "-1", role: "dialog", label: GP.key("popup_at") }, [
      GP.el("header", { text: function () { return GP.where(lon, lat).join("   "); } })]);
    // what was asked for by name, the parcel, what it yields, its carbon, then the law; boundaries stand last
    if (named) box.append(featureBlock(named.layer, named.f));
    const asked = GP.layers.filter(function (l) { return l.visible && l.asks; }).map(function (l) { return l.asks; });
    const parcels = "v-ecosystem";
    const tol = 8 * 360 / (256 * Math.pow(2, GP.map.getZoom()));
    async function features(wanted) {
      for (const layer of GP.layers.slice().reverse()) {
        if (!layer.hit || !wanted(layer) || !layer.fields.length) continue;
        if (!layer.data && (layer.id === parcels || asked.includes(layer.id))) await GP.load(layer);
        if (!layer.data) continue;
        const hits = GP.data.at(layer.data, lon, lat, tol).filter(function (f) { return (!layer.hidden || !layer.hidden[f]) && !(named && named.layer === layer && named.f === f); });
        for (const f of hits.slice(0, 3)) box.append(featureBlock(layer, f));
      }
    }
    const early = function (l) { return l.id === parcels || asked.includes(l.id); };
    await features(early);
    await features(function (l) { return l.visible && !early(l) && !["carbon", "targets", "quality", "base"].includes(l.group); });
    await features(function (l) { return l.visible && !early(l) && ["carbon", "targets"].includes(l.group); });
    const techs = Object.keys(GP.meta.codes);
    const seen = techs.filter(function (t) { return GP.layers.some(function (l) { return l.tech === t && l.visible; }); });
    for (const tech of seen.length ? seen : techs) {
      const row = GP.data.codeRow(tech, await GP.data.code(tech, lon, lat));
      const block = row && stateBlock(tech, row);
      if (block) box.append(block);
    }
    await features(function (l) { return l.visible && !early(l) && ["quality", "base"].includes(l.group); });
    if (box.children.length === 1) box.append(GP.el("p", { class: "gp-dim", text: GP.key("no_features") }));
    // the buttons of the map stand on its edges; on a phone they make room, see the style sheet
    const size = GP.map.getSize(), narrow = window.matchMedia("(max-width: 800px)").matches, width = Math.min(360, size.x - (narrow ? 40 : 100));
    const popup = L.popup({ maxWidth: width, minWidth: Math.min(280, width), autoPanPaddingTopLeft: narrow ? [8, 8] : [20, 56], autoPanPaddingBottomRight: narrow ? [8, 8] : [64, 20],
      maxHeight: Math.max(160, narrow ? size.y - 70 : size.y / 2), closeOnEscapeKey: true });
    keepView(popup);
    popup.setLatLng(latlng).setContent(box).openOn(GP.map);
    const close = popup.getElement() && popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) GP.text(close, GP.key("popup_close"), "aria-label");
    // the legend lies over the map: what is asked for is read first
    const legend = document.querySelector("details.gp-legend-box"), open = Boolean(legend && legend.open);
    const under = function () { const a = popup.getElement() && popup.getElement().getBoundingClientRect(), b = legend.getBoundingClientRect(); return a && a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top; };
    if (open) setTimeout(function () { if (popup.isOpen() && under()) { legend.open = false; popup.once("remove", function () { legend.open = true; }); } }, 350);
    box.addEventListener("keydown", function (e) { if (e.key === "Escape") { e.stopPropagation(); GP.map.closePopup(popup); GP.map.getContainer().focus(); } });
    if (focus) box.focus();
    return box;
  };
})();
