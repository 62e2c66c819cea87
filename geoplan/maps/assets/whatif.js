// Live what-if: rules are moved here, the server answers with areas and a picture.
(function () {
  // a rule is one rule, whichever uses it is of: what is moved stays moved when the use is changed
  const S = { session: "", tech: "", rules: [], known: {}, changes: new Map(), layers: {}, weights: {}, told: ["left", "conditional", "taken", "unknown"], ticket: 0, busy: false };

  async function api(method, path, body) {
    const response = await fetch(GP.meta.serve.base + path, { method: method, headers: { "X-Token": GP.meta.serve.token, "X-Lang": GP.lang, "Content-Type": "application/json" },
      body: body ? JSON.stringify(body) : undefined });
    const data = await response.json();
    if (response.status === 410) throw new Error(data.error || GP.t("gone"));
    if (!response.ok) throw new Error(data.error || data.detail && JSON.stringify(data.detail) || response.statusText);
    return data;
  }

  GP.ask = api;
  // what the server computes is said every second while an answer is waited for
  GP.waiting = function (tell) {
    let over = false;
    async function look() {
      try {
        const works = await api("GET", "/api/working");
        if (!over && works.length) tell(works[0].text);
      } catch (err) { /* the answer itself says what is wrong */ }
      if (!over) setTimeout(look, 1000);
    }
    setTimeout(look, 1000);
    return function () { over = true; };
  };

  function say(text, bad) {
    const node = document.getElementById("gp-wi-status");
    node.textContent = text;
    node.className = bad ? "gp-note" : "gp-dim";
  }
  function fail(err) { say(GP.t("error", { text: err.message }), true); }

  async function picture(tech, which) {
    const response = await fetch(GP.meta.serve.base + "/api/picture/" + tech + "/" + which + "?session=" + S.session + "&v=" + Date.now(), { headers: { "X-Token": GP.meta.serve.token } });
    if (!response.ok) throw new Error("picture " + response.status);
    return URL.createObjectURL(await response.blob());
  }

  function layerOf(which) {
    const id = "r-live-" + which;
    if (GP.byId[id]) return GP.byId[id];
    const layer = { id: id, kind: "raster", group: "eligibility", chunks: [], legend: [], pixelated: true, opacity: 0.75, visible: false,
      hit: false, title: { zh: "", en: "" }, ramp: null, tech: "", live: true };
    layer.pane = "gp-" + id;
    const pane = GP.map.createPane(layer.pane);
    pane.style.zIndex = which === "base" ? "360" : "361";
    pane.style.opacity = "0.75";
    pane.style.pointerEvents = "none";
    GP.layers.push(layer);
    GP.byId[id] = layer;
    return layer;
  }

  async function paint(which) {
    const layer = layerOf(which), url = await picture(S.tech, which), b = S.bounds;
    const key = which === "base" ? "base_layer" : "what_layer";
    for (const lang of ["zh", "en"]) layer.title[lang] = GP.meta.strings[lang]["map." + key].replace("{tech}", GP.meta.strings[lang]["tech." + S.tech] || S.tech);
    // the picture is drawn in these colours and patterns
    layer.legend = S.told.concat(S.told.includes("provisional") ? ["hatched"] : []).map(function (s) { return GP.meta.serve.legends[S.tech][s]; });
    const image = GP.crisp(L.imageOverlay(url, [[b[1], b[0]], [b[3], b[2]]], { pane: layer.pane, interactive: false, className: "gp-pixels", alt: "" }));
    const whole = [{ url: url, bounds: b }], hatch = GP.hatch(layer.pane, layer.legend, function () { return whole; });
    const old = layer.leaflet, shown = layer.visible;
    layer.leaflet = L.layerGroup([image, hatch]);
    layer.leaflet.once("remove", function () { URL.revokeObjectURL(url); });
    if (old) { hatch.once("drawn", function () { GP.map.removeLayer(old); }); if (!shown) GP.map.removeLayer(old); }
    if (shown) layer.leaflet.addTo(GP.map);
    return layer;
  }

  function changeList() { return Array.from(S.changes.values()); }

  function areasTable(answer, muPerMw) {
    const before = answer.before_ha, after = answer.after_ha;
    const told = ["left", "conditional", "provisional", "taken", "unknown"].filter(function (s) { return before[s] !== undefined; });
    const rows = told.map(function (s) {
      const d = after[s] - before[s];
      return GP.el("tr", {}, [GP.el("th", { scope: "row" }, [GP.el("i", { class: "gp-chip", style: { background: GP.meta.palette[s] } }), GP.el("span", { text: GP.key("state." + s) })]),
        GP.el("td", { text: GP.number(before[s] / 100, 2) }), GP.el("td", { "data-state": s, text: GP.number(after[s] / 100, 2) }),
        GP.el("td", { class: d < -0.005 ? "gp-warn" : "", text: (d > 0 ? "+" : "") + GP.number(d / 100, 2) })]);
    });
    const mw = function (ha) { return GP.number(ha * GP.meta.mu_per_ha / muPerMw, 0) + " MW"; };
    return GP.el("div", {}, [GP.el("table", { class: "gp-table", id: "gp-wi-areas" }, [
      GP.el("thead", {}, [GP.el("tr", {}, ["km²", GP.key("before"), GP.key("after"), GP.key("change")].map(function (h) { return GP.el("th", { scope: "col", text: h }); }))]),
      GP.el("tbody", {}, rows)]),
    ...(S.tech === "pv" ? ["left", "provisional"] : []).filter(function (s) { return s === "left" || before[s] || after[s]; }).map(function (s) {
      return GP.el("div", { class: "gp-line" }, [GP.el("span", { text: GP.key(s === "left" ? "capacity" : "capacity_provisional") }),
        GP.el("b", { id: s === "left" ? "gp-wi-capacity" : "gp-wi-provisional", text: mw(before[s]) + " → " + mw(after[s]) })]); }),
    three(answer), movedTable(answer)].filter(Boolean));
  }

  function sayMove(now) {
    return [now.kind ? GP.t("kind_" + now.kind) : "", ...["distance_m", "limit"].map(function (k) { return now[k] === undefined ? "" : now[k] + " " + unitOf(S.known[now.rule_id]); })].filter(Boolean).join(" · ").trim();
  }
  function sayRule(rule, now) {
    return sayMove({ rule_id: rule.id, kind: now.kind && rule.kind, distance_m: now.distance_m !== undefined ? rule.distance_m : undefined, limit: now.limit !== undefined ? rule.limit : undefined });
  }
  function unitOf(rule) { return rule && rule.unit ? GP.say(rule.unit) : ""; }

  // every rule that was moved, of whichever use: this is what is saved
  function movedTable(answer) {
    if (!S.changes.size) return null;
    const hits = new Map(answer.moved.map(function (m) { return [m.id, m]; })), km2 = function (ha) { return GP.number(ha / 100, 2); };
    const same = Object.keys(answer.before_ha).every(function (s) { return Math.abs(answer.after_ha[s] - answer.before_ha[s]) < 0.05; });
    return GP.el("div", { id: "gp-wi-moved" }, [GP.el("h3", { text: GP.key("moved_head") }), GP.el("ul", { class: "gp-ask-lines" }, changeList().map(function (c) {
      const rule = S.known[c.rule_id], hit = hits.get(c.rule_id);
      const words = function () {
        const move = rule ? GP.t("moved_was", { what: sayMove(c), before: sayRule(rule, c) }) : sayMove(c);
        const land = hit ? GP.t("moved_hits", { before: km2(hit.before_ha), after: km2(hit.after_ha) }) : GP.t("moved_elsewhere");
        return [c.rule_id, rule ? GP.say(rule.title) : "", move, land].filter(Boolean).join(" · ") + " ";
      };
      return GP.el("li", { "data-moved": c.rule_id }, [GP.el("span", { text: words }),
        GP.el("button", { type: "button", class: "gp-link", text: GP.key("moved_back"), on: { click: function () { S.changes.delete(c.rule_id); list(); later(); } } })]);
    })), hits.size && same ? GP.el("p", { class: "gp-dim", id: "gp-wi-same", text: GP.key("moved_same") }) : null].filter(Boolean));
  }

  // unconditional, with approvals, with grid: never one without the others
  function three(answer) {
    if (!answer.capacity) return null;
    return GP.el("div", { id: "gp-wi-three" }, [GP.el("h3", { text: GP.key("capacity_" + answer.capacity_of) }),
      ...["before", "after"].map(function (k) { return GP.el("p", { "data-when": k, text: function () { return GP.t("labelled", { label: GP.t(k), text: GP.say(answer.capacity[k]) }); } }); }),
      answer.capacity_of === "sites" ? GP.el("p", { class: "gp-dim", text: GP.key("capacity_sites_note") }) : null].filter(Boolean));
  }

  const SHOWN = 20; // best sites of the table; of the others those that change
  function sitesTable(rows) {
    if (!rows) return null;
    const shown = rows.filter(function (r, i) { return i < SHOWN || Math.abs(r.after_ha - r.before_ha) > 0.05; });
    return GP.el("div", {}, [GP.el("h3", { text: GP.key("sites") }), GP.el("table", { class: "gp-table", id: "gp-wi-sites" }, [
      GP.el("thead", {}, [GP.el("tr", {}, [GP.key("rank"), GP.key("kind_site"), GP.key("before"), GP.key("after"), "MW"].map(function (h) { return GP.el("th", { scope: "col", text: h }); }))]),
      GP.el("tbody", {}, shown.map(function (r) { return GP.el("tr", {}, [GP.el("td", { text: String(r.rank) }), GP.el("td", { text: r.site_id }),
        GP.el("td", { text: GP.number(r.before_ha, 1) }), GP.el("td", { class: r.after_ha < r.before_ha - 0.05 ? "gp-warn" : "", text: GP.number(r.after_ha, 1) }),
        GP.el("td", { text: GP.number(r.capacity_mw, 1) })]); }))]),
      rows.length > shown.length ? GP.el("p", { class: "gp-dim", id: "gp-wi-more", text: function () { return GP.t("sites_more", { n: rows.length - shown.length }); } }) : null].filter(Boolean));
  }

  async function update() {
    const mine = ++S.ticket, began = performance.now();
    try {
      const answer = await api("POST", "/api/whatif", { session: S.session, tech: S.tech, changes: changeList(), weights: S.weights });
      if (mine !== S.ticket) return;
      S.told = ["left", "conditional", "provisional", "taken", "unknown"].filter(function (s) { return answer.before_ha[s] !== undefined; });
      const layer = await paint("what");
      if (mine !== S.ticket) return;
      if (!layer.visible) await GP.show(layer, true);
      document.getElementById("gp-wi-result").replaceChildren(areasTable(answer, S.muPerMw));
      document.getElementById("gp-wi-sites-box").replaceChildren(sitesTable(answer.sites) || "");
      warned(answer.warnings);
      say(GP.t("took", { ms: Math.round(performance.now() - began) }));
      document.documentElement.dataset.whatif = String(mine);
      document.documentElement.dataset.whatifMs = String(Math.round(performance.now() - began));
    } catch (err) { if (mine === S.ticket) fail(err); }
  }

  let timer = 0;
  function later() { clearTimeout(timer); timer = setTimeout(update, 60); }

  function set(rule, patch) {
    const next = Object.assign({ rule_id: rule.id }, S.changes.get(rule.id) || {}, patch);
    for (const k of Object.keys(next)) if (next[k] === null || next[k] === undefined) delete next[k];
    if (next.kind === rule.kind) delete next.kind;
    if (next.distance_m === rule.distance_m) delete next.distance_m;
    if (next.limit === rule.limit) delete next.limit;
    if (Object.keys(next).length === 1) S.changes.delete(rule.id); else S.changes.set(rule.id, next);
    mark(rule.id);
    later();
  }

  function mark(id) {
    const row = document.querySelector('.gp-wi-rule[data-id="' + id + '"]');
    if (!row) return;
    row.classList.toggle("moved", S.changes.has(id));
    row.querySelector(".gp-wi-moved").hidden = !S.changes.has(id);
  }

  function ruleRow(rule) {
    const now = S.changes.get(rule.id) || {};
    const kind = GP.el("select", { label: function () { return rule.id + " " + GP.t("kind"); } }, ["hard", "conditional", "preference", "off"].map(function (k) {
      return GP.el("option", { value: k, text: GP.key("kind_" + k) }); }));
    kind.value = now.kind || rule.kind;
    kind.addEventListener("change", function () { set(rule, { kind: kind.value }); });
    const parts = [kind];
    const value = rule.distance_m !== undefined ? "distance_m" : rule.limit !== undefined ? "limit" : "";
    if (value) {
      const given = rule[value], bounds = rule.bounds && rule.bounds.length === 2 ? rule.bounds : [0, Math.max(10, given * 4)];
      // the slider spans what is near the rule; the box takes all the rule may be
      const low = value === "distance_m" ? 0 : Math.min(bounds[0], given), high = Math.max(value === "distance_m" ? Math.max(10, given * 4) : bounds[1], given * 2, 1);
      // one of the rule's unit; finer where the rule itself is
      const step = high <= 2 ? 0.01 : Math.pow(10, -(String(given).split(".")[1] || "").length);
      const box = GP.el("input", { type: "number", min: String(low), step: String(step), value: String(now[value] === undefined ? given : now[value]), "data-rule": rule.id,
        label: function () { return rule.id + " " + GP.t(value === "limit" ? "limit" : "distance"); } });
      const slide = GP.el("input", { type: "range", min: String(low), max: String(high), step: String(step), value: box.value, "data-slide": rule.id,
        label: function () { return rule.id + " " + GP.t(value === "limit" ? "limit" : "distance"); } });
      // an empty box is the rule's own value again; what no rule can be is told, not taken
      const most = 1e5;
      const take = function (v) {
        const x = String(v).trim() === "" ? given : Number(v);
        if (!isFinite(x) || value === "distance_m" && (x < 0 || x > most)) {
          box.value = slide.value;
          say(GP.t("distance_bounds", { high: GP.number(most, 0), got: v }), true);
          return;
        }
        slide.max = String(Math.max(Number(slide.max), x));
        box.value = slide.value = String(x);
        const p = {}; p[value] = x; set(rule, p);
      };
      box.addEventListener("change", function () { take(box.value); });
      slide.addEventListener("change", function () { take(slide.value); });
      slide.addEventListener("input", function () { box.value = slide.value; });
      parts.push(slide, box, GP.el("span", { class: "gp-unit", text: function () { return unitOf(rule); } }));
    }
    const moved = S.changes.has(rule.id);
    return GP.el("li", { class: "gp-wi-rule" + (moved ? " moved" : ""), "data-id": rule.id }, [GP.el("div", { title: function () { return [GP.say(rule.citation)].concat(GP.lawTexts(rule)).join("\n"); } }, [GP.el("span", { class: "gp-rule-id", text: rule.id }), GP.el("span", { text: rule.title }),
      GP.el("span", Object.assign({ class: "gp-mark gp-wi-moved", text: GP.key("moved_mark") }, moved ? {} : { hidden: "" })),
      rule.no_law ? GP.el("span", { class: "gp-mark", text: GP.key("kind_" + rule.no_law) }) : null].filter(Boolean)),
      GP.el("div", { class: "gp-wi-set" }, parts)]);
  }

  // what the layers are worth stands beside every answer that rests on them
  function warned(rows) {
    document.getElementById("gp-wi-warnings").replaceChildren(rows.length ? GP.el("details", rows.some(function (w) { return w.code === "run_renewed" || w.code === "judged_too_little"; }) ? { open: "" } : {}, [GP.el("summary", { text: GP.key("warnings") }),
      GP.el("ul", { class: "gp-warnings" }, rows.map(function (w) { return GP.el("li", { text: w.text }); }))]) : "");
  }

  function list() {
    const want = document.getElementById("gp-wi-filter").value.trim().toLowerCase();
    const rows = S.rules.filter(function (r) { return !want || (r.id + r.title.zh + r.title.en).toLowerCase().includes(want); });
    // what can be moved first
    rows.sort(function (a, b) { return S.changes.has(b.id) - S.changes.has(a.id) || (b.distance_m !== undefined) - (a.distance_m !== undefined) || (b.limit !== undefined) - (a.limit !== undefined); });
    document.getElementById("gp-wi-rules").replaceChildren(...rows.map(ruleRow));
  }

  async function choose(tech) {
    S.tech = tech;
    say(GP.t("loading"));
    const stop = GP.waiting(say);
    try {
      const body = await api("GET", "/api/rules/" + encodeURIComponent(tech) + "?session=" + S.session);
      S.rules = body.rules; S.bounds = body.bounds; S.muPerMw = body.mu_per_mw;
      for (const r of S.rules) S.known[r.id] = r;
      S.changes = new Map(body.changes.map(function (c) { return [c.rule_id, c]; }));
      warned(body.warnings);
      stop();
      list();
      await paint("base");
      await update();
      GP.emit("shown");  // the legend is of this use now
    } catch (err) { fail(err); } finally { stop(); }
  }

  async function rebase(scenario) {
    try {
      await api("POST", "/api/rebase", { session: S.session, tech: S.tech, changes: scenario ? [] : changeList(), scenario: scenario || null });
      const source = new EventSource(GP.meta.serve.base + "/api/progress?session=" + S.session + "&token=" + encodeURIComponent(GP.meta.serve.token));
      source.onmessage = function (e) {
        const at = JSON.parse(e.data);
        if (at.finished) { source.close(); choose(S.tech); }
        else if (at.error) { source.close(); say(GP.t("error", { text: at.error }), true); }
        else say(GP.t("working", at));
      };
      source.onerror = function () { source.close(); };
    } catch (err) { fail(err); }
  }

  function body() {
    const serve = GP.meta.serve;
    const tech = GP.el("select", { id: "gp-wi-tech", label: GP.key("tech") }, serve.techs.map(function (x) { return GP.el("option", { value: x, text: GP.key("tech." + x) }); }));
    tech.addEventListener("change", function () { choose(tech.value); });
    const scenario = GP.el("select", { id: "gp-wi-scenario", label: GP.key("scenario") }, ["hard_only", "hard_conditional", "conservative"].map(function (x) {
      return GP.el("option", { value: x, text: GP.key("scenario_" + x) }); }));
    scenario.value = serve.scenario;
    scenario.addEventListener("change", function () { rebase(scenario.value); });
    const find = GP.el("input", { type: "search", id: "gp-wi-filter", label: GP.key("filter"), hint: GP.key("filter"), on: { input: list } });
    S.weights = Object.assign({}, serve.weights);
    const weights = Object.keys(S.weights).map(function (w) {
      const slide = GP.el("input", { type: "range", min: "0", max: "1", step: "0.05", value: String(S.weights[w]), "data-weight": w, label: GP.key("weight_" + w), on: {
        change: function () { S.weights[w] = Number(slide.value); later(); } } });
      return GP.el("label", { class: "gp-wi-weight" }, [GP.el("span", { text: GP.key("weight_" + w) }), slide]);
    });
    const button = function (key, id, act) { return GP.el("button", { type: "button", class: "gp-button", id: id, text: GP.key(key), on: { click: act } }); };
    const name = GP.el("input", { type: "text", id: "gp-wi-name", maxlength: "40", label: GP.key("save_name"), hint: GP.key("save_name") });
    const saved = GP.el("p", { id: "gp-wi-saved", class: "gp-dim", role: "status" });
    return [
      GP.el("div", { class: "gp-row" }, [tech, scenario]), GP.el("p", { id: "gp-wi-status", class: "gp-dim", role: "status", "aria-live": "polite" }),
      GP.el("div", { id: "gp-wi-result" }), GP.el("div", { id: "gp-wi-warnings" }),
      GP.el("div", { class: "gp-row" }, [
        button("reset", "gp-wi-reset", function () { S.changes = new Map(); list(); update(); }),
        button("compare", "gp-wi-compare", function () { GP.setSwipe(document.getElementById("gp-swipe-bar").hidden, layerOf("base"), layerOf("what")); }),
        button("freeze", "gp-wi-freeze", function () { rebase(""); })]),
      find, GP.el("ul", { id: "gp-wi-rules", class: "gp-wi-rules" }), GP.el("div", { id: "gp-wi-sites-box" }),
      weights.length ? GP.el("details", {}, [GP.el("summary", { text: GP.key("weights") }), ...weights]) : null,
      GP.el("div", { class: "gp-row" }, [name, button("save", "gp-wi-save", async function () {
        try {
          const done = await api("POST", "/api/save", { session: S.session, tech: S.tech, changes: changeList(), name: name.value.trim(), weights: S.weights });
          saved.textContent = [GP.t("saved", done), done.rules ? GP.t("saved_rules", done) : "", done.note].filter(Boolean).join(GP.lang === "zh" ? "。" : ". ");
        } catch (err) { saved.textContent = GP.t("error", { text: err.message }); }
      })]), saved, GP.el("p", { class: "gp-dim", text: GP.key("note") }),
    ];
  }

  GP.extraTabs = [["whatif", body]];
  GP.on("ready", async function () {
    try {
      S.session = sessionStorage.getItem("gp-session" + GP.meta.serve.base) || "";
      if (S.session) {
        try { await api("GET", "/api/rules/" + GP.meta.serve.techs[0] + "?session=" + S.session); } catch (e) { S.session = ""; }
      }
      if (!S.session) { S.session = (await api("POST", "/api/session")).session; sessionStorage.setItem("gp-session" + GP.meta.serve.base, S.session); }
      for (const l of GP.layers) if (l.id.indexOf("r-eligibility") === 0 && l.visible) GP.show(l, false);
      await choose(GP.meta.serve.techs[0]);
    } catch (err) { fail(err); }
  });
})();
