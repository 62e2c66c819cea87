// What-if of facilities: the limit and the numbers by year of a case of the plan are moved, sites are added by a
// click on the map or taken out.
(function () {
  const F = { adding: null };
  const COLOURS = { existing: "#1f2f4a", new: "#0b8f6a" };  // as the theme has them
  // a place that is asked for is no question about the land there
  const busy = GP.toolBusy;
  GP.toolBusy = function () { return Boolean(F.adding) || busy(); };
  GP.on("ready", function () {
    GP.map.on("click", function (e) {
      const add = F.adding;
      if (!add) return;
      setTimeout(function () { F.adding = null; add(e.latlng); }, 0);
    });
  });
  const text = function (words) { return words[GP.lang] || words.zh; };
  function number(label, value, step) {
    const input = GP.el("input", { type: "number", min: "0", step: String(step) });
    input.value = String(value);
    return [input, GP.el("label", { class: "gp-row" }, [GP.el("span", { text: label }), input])];
  }
  function one(c) {
    const rows = [], open = {}, lines = GP.el("ul", { class: "gp-ask-lines", "data-facility-lines": c.id }), status = GP.el("p", { class: "gp-dim", role: "status", "aria-live": "polite" });
    const own = [], without = new Set(), closed = new Set(), stands = GP.el("details", { hidden: true, "data-facility-stands": c.id }), list = GP.el("ul", { class: "gp-ask-lines", "data-facility-sites": c.id });
    let limit = null, marks = null;
    if (c.limit !== null) { const made = number(GP.t("facility_limit").replace("{unit}", text(c.unit)), c.limit, 1); limit = made[0]; rows.push(made[1]); }
    for (const year of Object.keys(c.open)) { const made = number(year, c.open[year], 1); open[year] = made[0]; rows.push(made[1]); }
    function moved() {
      const body = { case: c.id, open: {}, places: own, without: Array.from(without), closed: Array.from(closed) };
      if (limit && limit.value) body.limit = Number(limit.value);
      for (const year of Object.keys(open)) if (open[year].value !== "") body.open[year] = Number(open[year].value);
      return body;
    }
    async function ask(undo) {
      status.textContent = GP.t("ask_working");
      lines.replaceChildren();
      const body = moved(), stop = GP.waiting(function (words) { status.textContent = words; });
      try {
        const told = await GP.ask("POST", "/api/facility", body);
        lines.replaceChildren(...told.lines.map(function (x) { return GP.el("li", { text: x }); }), ...told.warnings.map(function (x) { return GP.el("li", { class: "gp-note", text: x }); }));
        sites(told.sites);
        status.textContent = "";
      } catch (err) { if (undo) undo(); status.textContent = GP.t("error", { text: err.message }); } finally { stop(); }
    }
    function line(name, words, key, act) {
      return GP.el("li", { "data-site": name }, [GP.el("span", { text: name + " · " + words + " " }), key ? GP.el("button", { type: "button", class: "gp-link", text: GP.t(key), on: { click: function () { act(); ask(); } } }) : null].filter(Boolean));
    }
    // what is built is on the map and in a list; each can be taken out, and put back
    function sites(found) {
      if (marks) marks.remove();
      marks = L.layerGroup(found.filter(function (s) { return s.state !== "excluded"; }).map(function (s) {
        return L.circleMarker([s.lat, s.lon], { radius: 7, color: "#fff", weight: 2, fillColor: COLOURS[s.state], fillOpacity: 1, interactive: false }); })).addTo(GP.map);
      const mine = new Set(own.map(function (p) { return p.name; }));
      const told = found.filter(function (s) { return s.state === "new" || mine.has(s.name); }).map(function (s) {
        return line(s.name, s.word + (s.year ? " " + s.year : "") + " · " + s.reason, "facility_drop", function () {
          if (mine.has(s.name)) own.splice(own.findIndex(function (p) { return p.name === s.name; }), 1); else without.add(s.name); }); });
      const there = found.filter(function (s) { return s.state === "existing"; });
      stands.hidden = !there.length;
      stands.replaceChildren(GP.el("summary", { text: GP.t("facility_existing").replace("{n}", there.length) }), GP.el("ul", { class: "gp-ask-lines" }, there.map(function (s) {
        return line(s.name, s.reason, "facility_drop", function () { closed.add(s.name); }); })));
      const shut = Array.from(closed).map(function (name) { return line(name, GP.t("facility_closed"), "facility_back", function () { closed.delete(name); }); });
      const gone = Array.from(without).map(function (name) { return line(name, GP.t("facility_out"), "facility_back", function () { without.delete(name); }); });
      list.replaceChildren(...told, ...gone, ...shut);
    }
    function add() {
      status.textContent = GP.t("facility_adding");
      GP.map.closePopup();
      F.adding = function (at) {
        let n = 1;
        const taken = new Set(c.places.concat(own.map(function (p) { return p.name; })));
        while (taken.has(GP.t("facility_new").replace("{n}", n))) n += 1;
        own.push({ name: GP.t("facility_new").replace("{n}", n), lon: at.lng, lat: at.lat });
        ask(function () { own.pop(); });
      };
    }
    // what is on the screen as a plan of its own, beside that of the project
    function saving() {
      const name = GP.el("input", { type: "text", maxlength: "40", "aria-label": GP.t("facility_name"), placeholder: GP.t("facility_name"), "data-facility-name": c.id });
      return GP.el("div", { class: "gp-row" }, [name, GP.el("button", { type: "button", class: "gp-button", "data-act": "save-case", text: GP.t("facility_save"), on: { click: async function () {
        try {
          const done = await GP.ask("POST", "/api/facility/save", Object.assign(moved(), { name: name.value.trim() }));
          status.textContent = [GP.t("facility_saved", done), done.note].filter(Boolean).join(GP.lang === "zh" ? "。" : ". ");
        } catch (err) { status.textContent = GP.t("error", { text: err.message }); }
      } } })]);
    }
    return GP.el("div", { class: "gp-block", "data-facility": c.id }, [GP.el("p", { text: text(c.title) }), ...rows,
      GP.el("div", { class: "gp-row" }, [GP.el("button", { type: "button", class: "gp-button", text: GP.t("facility_ask"), on: { click: function () { ask(); } } }),
        c.candidates ? GP.el("button", { type: "button", class: "gp-button", "data-act": "add-site", text: GP.t("facility_add"), on: { click: add } }) : null].filter(Boolean)), status, lines, list, stands, rows.length || c.candidates ? saving() : null].filter(Boolean));
  }
  GP.facilityBox = function () {
    const host = GP.el("div", { id: "gp-facilities" });
    GP.ask("GET", "/api/facilities").then(function (cases) {
      if (cases.length) host.append(GP.el("h3", { text: GP.t("facility_head") }), ...cases.map(one));
    }).catch(function () { /* the page says elsewhere that the server is gone */ });
    return host;
  };
})();
