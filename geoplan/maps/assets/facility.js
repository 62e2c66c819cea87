// What-if of facilities: the limit and the numbers by year of a case of the plan are moved.
(function () {
  const F = { cases: [], host: null };
  const text = function (words) { return words[GP.lang] || words.zh; };
  function number(label, value, step) {
    const input = GP.el("input", { type: "number", min: "0", step: String(step) });
    input.value = String(value);
    return [input, GP.el("label", { class: "gp-row" }, [GP.el("span", { text: label }), input])];
  }
  function one(c) {
    const rows = [], open = {}, lines = GP.el("ul", { class: "gp-ask-lines", "data-facility-lines": c.id }), status = GP.el("p", { class: "gp-dim", role: "status", "aria-live": "polite" });
    let limit = null;
    if (c.limit !== null) { const made = number(GP.t("facility_limit").replace("{unit}", text(c.unit)), c.limit, 1); limit = made[0]; rows.push(made[1]); }
    for (const year of Object.keys(c.open)) { const made = number(year, c.open[year], 1); open[year] = made[0]; rows.push(made[1]); }
    async function ask() {
      status.textContent = GP.t("ask_working");
      lines.replaceChildren();
      const body = { case: c.id, open: {} };
      if (limit && limit.value) body.limit = Number(limit.value);
      for (const year of Object.keys(open)) if (open[year].value !== "") body.open[year] = Number(open[year].value);
      try {
        const told = await GP.ask("POST", "/api/facility", body);
        lines.replaceChildren(...told.lines.map(function (x) { return GP.el("li", { text: x }); }), ...told.warnings.map(function (x) { return GP.el("li", { class: "gp-note", text: x }); }));
        status.textContent = "";
      } catch (err) { status.textContent = GP.t("error", { text: err.message }); }
    }
    return GP.el("div", { class: "gp-block", "data-facility": c.id }, [GP.el("p", { text: text(c.title) }), ...rows,
      GP.el("button", { type: "button", class: "gp-button", text: GP.t("facility_ask"), on: { click: ask } }), status, lines]);
  }
  GP.facilityBox = function () {
    const host = GP.el("div", { id: "gp-facilities" });
    GP.ask("GET", "/api/facilities").then(function (cases) {
      if (cases.length) host.append(GP.el("h3", { text: GP.t("facility_head") }), ...cases.map(one));
    }).catch(function () { /* the page says elsewhere that the server is gone */ });
    return host;
  };
})();
