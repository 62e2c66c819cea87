// Cases of facilities: which the plan has, a new one by lists, one taken out.
"use strict";
GA.facilities = async function () {
  const view = await GA.api("GET", GA.at("/facilities"));
  const rows = view.rows.map(function (c) {
    return GA.el("tr", { "data-case": c.id }, [GA.el("th", { scope: "row" }, [GA.el("span", { text: GA.say(c.title) }), GA.el("small", { text: GA.say(c.model) })]),
      GA.el("td", {}, [c.missing.length ? GA.el("span", { class: "mark medium", text: GA.t("case_waits", { layers: c.missing.map(GA.say).join(GA.t("comma")) }) }) : GA.el("span", { class: "mark high", text: GA.t("case_ready") })]),
      GA.el("td", { class: "acts" }, [GA.button("remove", GA.doing(async function () { await GA.api("DELETE", GA.at("/facilities/" + c.id)); await GA.show(); }), { class: "quiet", "aria-label": GA.t("remove") + " " + GA.say(c.title) })])]); });
  return GA.el("details", { class: "panel", id: "part-facilities" }, [GA.el("summary", { text: GA.t("facilities", { n: view.rows.length }) }), GA.el("p", { class: "dim", text: GA.t("facilities_hint") }),
    rows.length ? GA.el("div", { class: "wide" }, [GA.el("table", { class: "list", id: "cases" }, [GA.el("tbody", {}, rows)])]) : null,
    view.layers.length ? GA.caseForm(view) : GA.el("p", { text: GA.t("case_no_layers") })]);
};

GA.caseForm = function (view) {
  const asked = { demand: view.layers[0].id, weight: "each", existing: "", rules: "", by: "road", unit: "min", model: view.models[0].id }, where = new Set();
  const named = function (list) { return list.map(function (x) { return [x.id, GA.say(x)]; }); };
  const layers = view.layers.map(function (x) { return [x.id, GA.say(x.title)]; });
  const title = GA.el("input", { type: "text", maxlength: "60", id: "case-title" }), limit = GA.el("input", { type: "number", min: "0", step: "any", id: "case-limit" });
  const pick = function (key, options, id) { return GA.select(options, asked[key], function (v) { asked[key] = v; if (key === "demand") weights(); }, { id: id }); };
  const weight = GA.el("span", {});
  function weights() {
    const own = view.layers.find(function (x) { return x.id === asked.demand; });
    const options = named(own.numbers).concat([["each", GA.t("weight_each")]], own.areas ? [["area_ha", GA.t("weight_area")]] : []);
    asked.weight = options[0][0];
    weight.replaceChildren(GA.field("case_weight", pick("weight", options, "case-weight")));
  }
  weights();
  const boxes = view.layers.map(function (x) {
    const box = GA.el("input", { type: "checkbox", value: x.id, on: { change: function () { if (box.checked) where.add(x.id); else where.delete(x.id); } } });
    return GA.el("label", { class: "check" }, [box, GA.el("span", { text: GA.say(x.title) })]); });
  const years = [0, 1, 2].map(function (i) {
    return [GA.el("input", { type: "number", min: "1900", max: "2200", step: "1", "aria-label": GA.t("case_year", { n: i + 1 }), placeholder: GA.t("entry_year"), "data-year": i }), GA.el("input", { type: "number", min: "0", step: "1", "aria-label": GA.t("case_number", { n: i + 1 }), placeholder: GA.t("case_sites"), "data-number": i })]; });
  const save = GA.button("save_case", GA.doing(async function () {
    if (!title.value.trim()) throw new Error(GA.t("case_title_missing"));
    const open = {};
    for (const y of years) if (y[0].value && y[1].value !== "") open[y[0].value] = Number(y[1].value);
    await GA.api("POST", GA.at("/facilities"), Object.assign({}, asked, { title: title.value.trim(), candidates: Array.from(where), limit: limit.value ? Number(limit.value) : null, open: open }));
    await GA.show();
    GA.tell(GA.t("case_saved"));
  }), { class: "main", id: "save-case" });
  return GA.el("section", { id: "new-case" }, [GA.el("h3", { text: GA.t("new_case") }), GA.el("div", { class: "row" }, [
    GA.field("case_title", title), GA.field("case_demand", pick("demand", layers, "case-demand")), weight,
    GA.field("case_existing", pick("existing", [["", GA.t("case_none")]].concat(layers), "case-existing")),
    GA.field("case_model", pick("model", named(view.models), "case-model")),
    GA.field("case_by", pick("by", [["road", GA.t("by_road")], ["straight", GA.t("by_straight")]], "case-by")),
    GA.field("case_limit", limit), GA.field("case_unit", pick("unit", [["min", GA.t("unit_min")], ["km", GA.t("unit_km")], ["m", GA.t("unit_m")]], "case-unit")),
    GA.field("case_rules", pick("rules", [["", GA.t("case_none")], ["construction", GA.t("rules_construction")], ["charging", GA.t("rules_charging")], ["polluting", GA.t("rules_polluting")]], "case-rules"))]),
  GA.el("fieldset", {}, [GA.el("legend", { text: GA.t("case_candidates") }), GA.el("div", { class: "checks" }, boxes)]),
  GA.el("fieldset", {}, [GA.el("legend", { text: GA.t("case_open") }), ...years.map(function (y) { return GA.el("div", { class: "row" }, y); })]), save]);
};
