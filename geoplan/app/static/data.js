// What was found, what it was taken for, what is missing, who has it; corrections by lists; zones.
"use strict";
GA.parts.data = async function (page) {
  let view;
  try { view = await GA.api("GET", GA.at()); } catch (err) {
    const jobs = await GA.api("GET", GA.at("/jobs")).catch(function () { throw err; });
    const going = jobs.find(function (j) { return j.kind === "new"; });
    if (!going) throw err;
    page.append(GA.el("h1", { text: GA.project }), GA.watch(GA.project, going.number, function (job) { if (job.state === "done") GA.show(); }));
    return;
  }
  const found = view.layers.filter(function (r) { return r.state === "found"; });
  const core = view.layers.filter(function (r) { return r.state === "missing" && r.priority === "core"; });
  const other = view.layers.filter(function (r) { return r.state === "missing" && r.priority !== "core"; });
  const absent = view.layers.filter(function (r) { return r.state === "absent"; });
  const count = function (level) { return found.filter(function (r) { return r.level === level; }).length; };
  page.append(GA.el("div", { class: "row spread" }, [
    GA.el("h1", { text: GA.say(view.title) + " " + view.adcode }),
    GA.el("a", { class: "button main", href: "#/p/" + encodeURIComponent(GA.project) + "/run", text: GA.t("to_run"), id: "to-run" })]),
  GA.el("p", { class: "answer", id: "found-summary", text: GA.t("found_summary", { n: found.length, said: count(""), high: count("high"), medium: count("medium"), low: count("low"), core: core.length, other: other.length }) }),
  view.fault ? GA.el("p", { class: "bad", text: GA.say(view.fault) }) : "");
  page.append(GA.layerTable("found", found, view), GA.layerTable("missing_core", core, view, true));
  page.append(GA.el("details", {}, [GA.el("summary", { text: GA.t("missing_other", { n: other.length }) }), GA.layerTable("", other, view)]));
  if (absent.length) page.append(GA.el("details", {}, [GA.el("summary", { text: GA.t("absent", { n: absent.length }) }), GA.layerTable("", absent, view)]));
  const left = view.not_taken[GA.lang] || [];
  if (left.length) page.append(GA.el("details", {}, [GA.el("summary", { text: GA.t("not_taken", { n: left.length }) }),
    GA.el("ul", {}, left.map(function (m) { return GA.el("li", { text: GA.fileName(m) + GA.t("colon") + m.why }); }))]));
  page.append(GA.moreData(), GA.boundary(view), GA.weather(view), GA.imagery(view), GA.settings(view), await GA.preference(), ...await GA.forms());
  page.append(await GA.zoneBox(view));
  const way = location.hash.split("/").slice(4).map(decodeURIComponent);
  // asked for once: what is saved afterwards shows the page, not the dialog again
  if (way.length) history.replaceState(null, "", location.pathname + location.search + "#/p/" + encodeURIComponent(GA.project) + "/data");
  if (way[0] === "correct") { const r = view.layers.find(function (x) { return x.id === way[1]; }); if (r) GA.correct(r, view); }
  if (way[0] === "at") GA.later(function () { const node = document.getElementById("part-" + way[1]); if (node) { if (node.tagName === "DETAILS") node.open = true; node.scrollIntoView({ block: "start" }); node.querySelector("h2, summary").focus(); } }, 60);
};

// A file as a person looks for it: from the data folder on, or in the project; never up and down the disk.
GA.fileName = function (c) {
  const own = "/" + GA.project + "/", at = c.path.lastIndexOf(own);
  const name = !c.path.startsWith("../") && !/^([a-z]:)?[\\/]/i.test(c.path) ? c.path : at >= 0 ? c.path.slice(at + own.length) : c.path.split(/[\\/]/).pop();
  return name + (c.table ? " [" + c.table + "]" : "");
};
// A name of a file breaks behind its signs, not inside a word.
GA.breakable = function (name) {
  const node = GA.el("span", { class: "path" });
  for (const part of name.split(/(?<=[_./\\ -])/)) node.append(part, GA.el("wbr"));
  return node;
};

GA.layerTable = function (heading, rows, view, warn) {
  if (!rows.length) return GA.el("p", { class: heading ? "dim" : "", text: heading === "missing_core" ? GA.t("core_complete") : "" });
  const head = ["col_layer", "col_file", "col_sure", "col_holder", "col_decides", ""].map(function (k) { return GA.el("th", { scope: "col", text: k ? GA.t(k) : "" }); });
  return GA.el("section", { class: "panel" + (warn ? " warn" : ""), id: warn ? "part-missing-core" : null }, [heading ? GA.el("h2", { tabindex: "-1", text: GA.t(heading, { n: rows.length }) }) : null,
    GA.el("div", { class: "wide" }, [GA.el("table", { "data-table": heading || "more" }, [GA.el("thead", {}, [GA.el("tr", {}, head)]),
      GA.el("tbody", {}, rows.map(function (r) { return GA.layerRow(r, view); }))])])]);
};

GA.layerRow = function (r, view) {
  const reasons = (r.reasons[GA.lang] || []).concat(r.remarks[GA.lang] || []);
  const strange = Object.keys(r.strange).map(function (k) {
    const f = r.fields.find(function (x) { return x.id === k; });
    return GA.t("strange", { field: f ? GA.say(f.title) : k, values: r.strange[k].slice(0, 6).join(GA.t("comma")) });
  });
  const unread = Object.keys(r.unread).map(function (k) {
    const f = r.fields.find(function (x) { return x.id === k; });
    return GA.t("row_unread", { field: f ? GA.say(f.title) : k, told: GA.say(r.unread[k]) });
  });
  const sure = r.state === "found" ? (r.level ? GA.el("span", { class: "mark " + r.level, text: GA.t("level_" + r.level) }) : GA.el("span", { class: "mark said", text: GA.t("said_by_you") })) :
    GA.el("span", { class: "mark " + (r.priority === "core" ? "low" : ""), text: GA.t("priority_" + r.priority) });
  return GA.el("tr", { "data-layer": r.id, "data-state": r.state }, [
    GA.el("th", { scope: "row", title: GA.say(r.about), text: GA.say(r.title) }),
    GA.el("td", {}, [r.file ? GA.breakable(GA.fileName({ path: r.file, table: r.table })) : GA.el("span", { text: r.state === "absent" ? GA.say(r.note) : GA.t("no_file") }),
      r.rows ? GA.el("small", { text: GA.t("n_rows", { n: GA.number(r.rows, 0) }) }) : null,
      ...strange.concat(unread).map(function (s) { return GA.el("small", { class: "bad", text: s }); })]),
    GA.el("td", {}, [sure, reasons.length ? GA.el("details", { class: "why" }, [GA.el("summary", { text: GA.t("why") }), GA.el("ul", {}, reasons.map(function (x) { return GA.el("li", { text: x }); }))]) : null]),
    GA.el("td", { text: GA.say(r.holder) + (r.formats.length ? GA.t("in_brackets", { text: r.formats.join(GA.t("comma")) }) : "") }),
    GA.el("td", {}, [r.rules ? GA.el("span", { text: GA.t("n_rules", { n: r.rules }) }) : null, GA.el("small", { text: r.steps.map(GA.say).join(GA.t("comma")) })]),
    GA.el("td", {}, [GA.button("correct", function () { GA.correct(r, view); }, { class: "quiet", "aria-label": GA.t("correct") + " " + GA.say(r.title), "data-correct": r.id })]),
  ]);
};

// A dialog for one layer: another file, columns, values, or that there is none.
GA.correct = async function (r, view, found) {
  const status = GA.el("p", { role: "status", class: "told", id: "layer-told" }), body = GA.el("div", { class: "mapping" });
  const dialog = GA.el("dialog", { id: "correct", "aria-label": GA.say(r.title) });
  const close = function () { dialog.close(); dialog.remove(); };
  const wrong = function (err) { status.textContent = err.message; status.className = "bad"; };
  // what the doctor says of the layer as it was filled in: errors beside their columns
  const looked = async function (path, b) {
    status.className = ""; status.textContent = GA.t("layer_checking");
    return GA.api("POST", GA.at("/layers/" + r.id + path), Object.assign({ mark: r.mark }, b));
  };
  const told = function (found) {
    for (const node of body.querySelectorAll("[data-fault]")) {
      const words = found.faults[node.dataset.fault];
      node.textContent = words ? GA.say(words) : "";
      node.previousElementSibling.toggleAttribute("data-wrong", Boolean(words));
    }
    const beside = Object.keys(found.faults).filter(function (k) { return !body.querySelector("[data-fault='" + k + "']"); }).map(function (k) { return GA.say(found.faults[k]); });
    const head = !found.written ? "layer_refused" : Object.keys(found.faults).length ? "layer_kept_columns" : found.told.length ? "layer_kept_told" : "layer_kept";
    status.className = head === "layer_kept" ? "good" : "bad";
    status.textContent = [GA.t(head)].concat(found.rest.map(GA.say), beside, found.told.map(GA.say)).join("\n");
    status.scrollIntoView({ block: "nearest" });
  };
  // nothing to say: the dialog goes; else it stays, with the page behind it as it is now
  const saved = async function (found) {
    if (!found.written) { told(found); return; }
    if (!found.told.length && !Object.keys(found.faults).length) { close(); await GA.show(); GA.tell(GA.t("layer_kept")); return; }
    close();
    await GA.show();
    const now = await GA.api("GET", GA.at()), row = now.layers.find(function (x) { return x.id === r.id; });
    await GA.correct(row, now, found);
  };
  const safe = function (act) { return async function (e) { try { await act(e); } catch (err) { wrong(err); } }; };
  const key = function (c) { return JSON.stringify([c.path, c.table]); };
  const now = r.state === "found" ? JSON.stringify([r.file, r.table]) : "";
  const files = GA.select([["", GA.t("choose_file")]].concat(view.choices.map(function (c) { return [key(c), GA.fileName(c)]; })), now, function () {}, { id: "layer-file" });
  const reason = GA.el("input", { type: "text", maxlength: "300", id: "absent-reason" });
  const send = async function (b) { await saved(await looked("/source", b)); };
  dialog.append(GA.el("div", { class: "row spread" }, [GA.el("h2", { text: GA.say(r.title) }), GA.button("close", close, { class: "quiet" })]),
    GA.el("p", { class: "dim", text: GA.say(r.about) }),
    GA.field("layer_file", files), GA.el("div", { class: "row" }, [
      GA.button("use_file", safe(async function () {
        if (!files.value) throw new Error(GA.t("choose_file"));
        const c = JSON.parse(files.value);
        await send({ path: c[0], table: c[1] });
      }), { "data-act": "use-file" }),
      r.state === "found" ? GA.button("not_this", safe(async function () { await send({}); }), { class: "quiet" }) : null]),
    r.state === "found" ? GA.facts(r, safe, async function (b) { await saved(await looked("/facts", b)); }) : null, body,
    GA.el("details", {}, [GA.el("summary", { text: GA.t("there_is_none") }), GA.field("absent_reason", reason, GA.t("absent_hint")),
      GA.button("say_absent", safe(async function () {
        if (!reason.value.trim()) throw new Error(GA.t("reason_missing"));
        await send({ absent: reason.value.trim() });
      }))]), status);
  document.body.append(dialog);
  dialog.showModal();
  dialog.addEventListener("cancel", function () { dialog.remove(); });
  if (found) told(found);
  if (r.state !== "found" || r.raster) return;
  const fields = {}, values = {};
  for (const f of r.fields) { if (f.column) fields[f.id] = f.column; if (Object.keys(f.values).length) values[f.id] = Object.assign({}, f.values); }
  try {
    const offered = await GA.api("POST", GA.at("/columns"), { layer: r.id }), columns = offered.columns;
    body.append(GA.el("h3", { text: GA.t("columns") }));
    for (const f of r.fields) {
      const box = GA.el("div", { class: "values" });
      const listed = async function () {
        box.replaceChildren();
        if (!f.choices.length && !f.number || !fields[f.id] && !offered.guessed[f.id]) return;
        const own = (await GA.api("POST", GA.at("/columns"), { layer: r.id, field: f.id, column: fields[f.id] || offered.guessed[f.id] })).values;
        const given = values[f.id] = values[f.id] || {};
        box.append(...own.map(function (v) {
          // a word in a column of numbers is given its number
          if (f.number) return GA.el("label", { class: "field" }, [GA.el("span", { text: v }), GA.el("input", { type: "text", inputmode: "decimal", maxlength: "20", value: given[v] || "", "data-value": v, on: { change: function (e) { const x = e.target.value.trim(); if (x) given[v] = x; else delete given[v]; } } })]);
          return GA.el("label", { class: "field" }, [GA.el("span", { text: v.trim() ? v : GA.t("blank_value") }), GA.select([["-", GA.t("as_written")], ["", GA.t("unknown_value")]].concat(f.choices.map(function (c) { return [c.id, GA.say(c)]; })),
            v in given ? given[v] : "-", function (x) { if (x === "-") delete given[v]; else given[v] = x; }, { "data-value": v })]); }));
      };
      body.append(GA.el("label", { class: "field" }, [GA.el("span", { text: GA.say(f.title) + (f.required ? " *" : "") }),
        GA.select([["", GA.t("by_itself") + (offered.guessed[f.id] ? GA.t("in_brackets", { text: offered.guessed[f.id] }) : "")]].concat(columns.map(function (c) { return [c, c]; })), f.column, safe(async function (x) {
          if (x) fields[f.id] = x; else delete fields[f.id];
          await listed();
        }), { "data-field": f.id })]), GA.el("small", { class: "bad", role: "alert", "data-fault": f.id }), box);
      await listed();
    }
    body.append(GA.button("save_mapping", safe(async function () {
      await saved(await looked("/mapping", { fields: fields, values: values }));
    }), { class: "main", "data-act": "save-mapping" }));
    if (found) told(found);
  } catch (err) { wrong(err); }
};

// Of which day the data are, and that a person found them complete.
GA.facts = function (r, safe, send) {
  const day = GA.el("input", { type: "text", maxlength: "10", value: r.date, placeholder: "2024-12-31", id: "layer-date" });
  const whole = GA.el("input", { type: "checkbox", id: "layer-complete" });
  return GA.el("div", {}, [GA.field("layer_date", day, GA.t("date_hint")),
    GA.say(r.incomplete) ? GA.el("p", { class: "dim", text: GA.say(r.incomplete) }) : null,
    GA.say(r.incomplete) ? GA.el("label", { class: "check" }, [whole, GA.el("span", { text: GA.t("layer_complete") })]) : null,
    GA.button("save_facts", safe(async function () {
      await send({ date: day.value.trim(), complete: whole.checked });
    }), { "data-act": "save-facts" })]);
};

// The county: which file, and another one.
GA.boundary = function (view) {
  const pick = GA.select([["", GA.t("choose_file")]].concat(view.choices.map(function (c) { return [JSON.stringify(c), GA.fileName(c)]; })), "", function () {}, { id: "boundary-file" });
  return GA.el("section", { class: "panel", id: "part-boundary" }, [GA.el("h2", { tabindex: "-1", text: GA.t("boundary") }),
    GA.el("p", { id: "boundary-now", text: view.boundary ? GA.t("boundary_is", { path: GA.fileName({ path: view.boundary, table: view.boundary_table }) }) : GA.t("boundary_bundled") }),
    ...view.boundary_told.map(function (t) { return GA.el("p", { class: "bad", "data-boundary-told": "", text: GA.say(t) }); }),
    view.choices.length ? GA.el("div", { class: "row" }, [GA.field("choose_boundary", pick), GA.button("use_weather", GA.doing(async function () {
      if (!pick.value) throw new Error(GA.t("choose_file"));
      await GA.api("POST", GA.at("/boundary"), Object.assign({ mark: view.boundary_mark }, JSON.parse(pick.value)));
      await GA.show();
    }), { id: "use-boundary" })]) : null]);
};

// Hourly weather: which file, and another one.
GA.weather = function (view) {
  const w = view.weather;
  const now = !w.path ? GA.t("no_weather") : w.away_km === null || w.away_km === undefined ? GA.t("weather_said", { path: w.path }) : GA.t("weather_is", { path: w.path, km: GA.number(w.away_km, 1) });
  const other = view.weather_choices.filter(function (p) { return p !== w.path; });
  const pick = GA.select([["", GA.t("choose_file")]].concat(other.map(function (p) { return [p, p]; })), "", function () {}, { id: "weather-file" });
  return GA.el("section", { class: "panel", id: "part-weather" }, [GA.el("h2", { tabindex: "-1", text: GA.t("weather") }), GA.el("p", { id: "weather-now", text: now }),
    other.length ? GA.el("div", { class: "row" }, [GA.field("choose_weather", pick), GA.button("use_weather", GA.doing(async function () {
      if (!pick.value) throw new Error(GA.t("choose_file"));
      await GA.api("POST", GA.at("/weather"), { path: pick.value, mark: w.mark });
      await GA.show();
    }), { id: "use-weather" })]) : null]);
};

// Imagery: archives of tiles beneath the map, those that lie there unused, and pictures that are no archive.
GA.imagery = function (view) {
  const words = { used: "base_map_used", other: "base_map_other", tif: "base_map_tif" };
  const act = function (r) {
    if (r.state === "tif") return null;
    return r.state === "used" ? GA.button("remove", GA.doing(async function () { await GA.api("DELETE", GA.at("/imagery?path=" + encodeURIComponent(r.path))); await GA.show(); }), { class: "quiet", "aria-label": GA.t("remove") + " " + r.title }) :
      GA.button("use_weather", GA.doing(async function () { await GA.api("POST", GA.at("/imagery"), { path: r.path }); await GA.show(); }), { class: "quiet", "aria-label": GA.t("use_weather") + " " + r.title });
  };
  return GA.el("section", { class: "panel", id: "part-imagery" }, [GA.el("h2", { tabindex: "-1", text: GA.t("base_maps") }), GA.el("p", { class: "dim", text: GA.t("base_maps_hint") }),
    view.imagery.length ? GA.el("div", { class: "wide" }, [GA.el("table", { class: "list", id: "imagery" }, [GA.el("tbody", {}, view.imagery.map(function (r) {
      return GA.el("tr", { "data-imagery": r.state }, [GA.el("th", { scope: "row" }, [GA.el("span", { text: r.title }), GA.el("small", { text: GA.fileName(r) })]),
        GA.el("td", {}, [GA.el("span", { class: "mark" + (r.state === "used" ? " said" : ""), text: GA.t(words[r.state]) })]), GA.el("td", { class: "acts" }, [act(r)])]); }))])]) :
      GA.el("p", { text: GA.t("no_base_maps") })]);
};

// Values of the plan by their names: what is left empty keeps its default.
GA.values = function (rows) {
  return GA.el("div", { class: "values-grid" }, rows.map(function (p) {
    const usual = p.usual === "" ? null : p.takes === "flag" ? GA.t(p.usual === "true" ? "yes" : "no") : p.takes === "words" ? GA.say(p.choices.find(function (c) { return c.id === p.usual; })) : p.usual;
    const empty = ["", usual === null ? GA.t("by_default") : GA.t("usual", { value: usual })];
    let node;
    const send = GA.doing(async function () { await GA.api("POST", GA.at("/values"), { key: p.key, value: node.value.trim(), was: p.value }); p.value = node.value.trim(); GA.tell(GA.t("state_done")); });
    if (p.takes === "flag") node = GA.select([empty, ["true", GA.t("yes")], ["false", GA.t("no")]], p.value, send, {});
    else if (p.takes === "words") node = GA.select([empty].concat(p.choices.map(function (c) { return [c.id, GA.say(c)]; })), p.value, send, {});
    else node = GA.el("input", { type: "text", maxlength: "20", value: p.value, placeholder: empty[1], on: { change: send } });
    node.dataset.value = p.key;
    return GA.el("label", { class: "field" }, [GA.el("span", { text: GA.say(p.title) + (p.unit ? GA.t("in_brackets", { text: p.unit }) : "") }), node]);
  }));
};

GA.settings = function (view) {
  const own = view.settings, inputs = {};
  const box = function (key, type) {
    inputs[key] = GA.el("input", { type: "text", inputmode: type === "number" ? "decimal" : null, maxlength: "60", value: own[key] === null ? "" : String(own[key]), id: "set-" + key });
    return GA.field("set_" + key, inputs[key]);
  };
  // read by the server: a number field gives nothing for 1,200, and says nothing either
  const number = function (key) { const typed = inputs[key].value.trim(); return typed === "" ? null : typed === String(own[key]) ? own[key] : typed; };
  return GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("settings") }),
    own.hub_height_m === null || own.rotor_diameter_m === null ? GA.el("p", { class: "dim", text: GA.t("turbine_missing") }) : null,
    GA.el("div", { class: "row" }, [box("title", "text"), box("cell_m", "number"), box("hub_height_m", "number"), box("rotor_diameter_m", "number"),
      GA.button("save_settings", GA.doing(async function () {
        // what was changed here alone: another person may have saved the rest
        const now = { title: inputs.title.value.trim(), cell_m: number("cell_m"), hub_height_m: number("hub_height_m"), rotor_diameter_m: number("rotor_diameter_m") }, body = { was: {} };
        for (const key of Object.keys(now)) if (now[key] !== own[key]) { body[key] = now[key]; body.was[key] = own[key]; }
        if (Object.keys(body).length > 1) await GA.api("POST", GA.at("/settings"), body);
        await GA.show();
      }), { id: "save-settings" })]),
    GA.el("details", { id: "more-values" }, [GA.el("summary", { text: GA.t("more_values") }), GA.el("p", { class: "dim", text: GA.t("more_values_hint") }),
      GA.values(view.parameters.filter(function (p) { return !["area.cell_m", "screening.hub_height_m", "screening.rotor_diameter_m"].includes(p.key); }))])]);
};

// Pairs of criteria; weights and consistency follow every choice.
GA.preference = async function () {
  const view = await GA.api("GET", GA.at("/preference")), pairs = {};
  const n = view.criteria.length, bars = GA.el("dl", { class: "weights" }), told = GA.el("p", { id: "consistency", role: "status", "aria-live": "polite" });
  const note = GA.el("input", { type: "text", maxlength: "300", id: "preference-note", value: view.note }), why = GA.field("preference_note", note);
  why.hidden = true;
  const scale = ["9", "8", "7", "6", "5", "4", "3", "2", "1", "1/2", "1/3", "1/4", "1/5", "1/6", "1/7", "1/8", "1/9"].map(function (v) {
    return [v, v === "1" ? GA.t("equally") : v.startsWith("1/") ? GA.t("times_right", { n: v.slice(2) }) : GA.t("times_left", { n: v })]; });
  const flip = function (v) { return v === "1" ? v : v.startsWith("1/") ? v.slice(2) : "1/" + v; };
  const rows = [];
  async function weigh() {
    const found = await GA.api("POST", GA.at("/preference/weights"), { pairs: pairs });
    bars.replaceChildren(...view.criteria.map(function (c, i) {
      return GA.el("div", {}, [GA.el("dt", { text: GA.say(c) }), GA.el("dd", {}, [GA.el("meter", { min: "0", max: "1", value: String(found.weights[i]), "aria-label": GA.say(c) }), GA.el("span", { text: GA.number(100 * found.weights[i], 1) + " %", "data-weight": c.id })])]); }));
    const worst = found.ratio > 0.1;
    told.textContent = GA.t("consistency", { ratio: GA.number(found.ratio, 3) }) + (worst ? "\n" + GA.t("pair_worst", { a: GA.say(found.worst[0]), b: GA.say(found.worst[1]) }) : "");
    told.className = worst ? "told bad" : "told good";
    why.hidden = !worst && !note.value;
  }
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
    const a = view.criteria[i], b = view.criteria[j], key = a.id + "/" + b.id, back = b.id + "/" + a.id;
    pairs[key] = view.pairs[key] || (view.pairs[back] ? flip(view.pairs[back]) : "1");
    const options = scale.some(function (s) { return s[0] === pairs[key]; }) ? scale : scale.concat([[pairs[key], pairs[key]]]);
    rows.push(GA.el("label", { class: "field" }, [GA.el("span", { text: GA.t("versus", { a: GA.say(a), b: GA.say(b) }) }),
      GA.select(options, pairs[key], GA.doing2(async function (v) { pairs[key] = v; await weigh(); }), { "data-pair": key })]));
  }
  const box = GA.el("details", { class: "panel" }, [GA.el("summary", { text: GA.t("preference") }), GA.el("p", { class: "dim", text: GA.t("preference_hint") }),
    GA.el("div", { class: "columns" }, [GA.el("div", { class: "mapping" }, rows), GA.el("div", {}, [bars, told, why, GA.el("div", { class: "row" }, [
      GA.button("save_preference", GA.doing(async function () { await GA.api("POST", GA.at("/preference"), { pairs: pairs, note: note.value.trim(), mark: view.mark }); view.mark = (await GA.api("GET", GA.at("/preference"))).mark; GA.tell(GA.t("state_done")); }), { class: "main", id: "save-preference" }),
      GA.button("equal_weights", GA.doing(async function () { await GA.api("POST", GA.at("/preference"), { pairs: {}, mark: view.mark }); await GA.show(); }), { class: "quiet" })])])])]);
  let asked = false;
  box.addEventListener("toggle", function () { if (!asked) { asked = true; weigh().catch(GA.fail); } });
  return box;
};

GA.moreData = function () {
  const status = GA.el("div", {});
  const picker = GA.el("input", { type: "file", multiple: true, id: "more-files" });
  picker.addEventListener("change", GA.doing(async function () {
    await GA.upload(GA.project, Array.from(picker.files).map(function (f) { return { file: f, path: f.name }; }), status);
    GA.show();
  }));
  const box = GA.el("section", { class: "panel drop", id: "part-more-data" }, [GA.el("h2", { tabindex: "-1", text: GA.t("more_data") }), GA.pick("bring_files", picker), GA.el("small", { text: GA.t("more_data_hint") }), status]);
  box.addEventListener("dragover", function (e) { e.preventDefault(); });
  box.addEventListener("drop", GA.doing(async function (e) { e.preventDefault(); await GA.upload(GA.project, await GA.dropped(e.dataTransfer), status); GA.show(); }));
  return box;
};

GA.zoneBox = async function (view) {
  const node = GA.el("div", { class: "map", id: "zone-map", role: "application", "aria-label": GA.t("zones") });
  const title = GA.el("input", { type: "text", maxlength: "60", id: "zone-title" });
  const english = GA.el("input", { type: "text", maxlength: "60", id: "zone-title-en", lang: "en" });
  let purpose = "general";
  const kinds = GA.select(["general", "pv", "wind", "carbon"].map(function (k) { return [k, GA.t("purpose_" + k)]; }), purpose, function (v) { purpose = v; }, { id: "zone-purpose" });
  const ring = [], line = L.polygon([], { color: "#b3261e", weight: 2, dashArray: "5 4" });
  const done = GA.button("save_zone", GA.doing(async function () {
    if (!title.value.trim()) throw new Error(GA.t("zone_title_missing"));
    await GA.api("POST", GA.at("/zones"), { title: title.value.trim(), title_en: english.value.trim(), purpose: purpose, ring: ring });
    GA.show();
  }), { disabled: true, id: "save-zone" });
  const undo = GA.button("undo_point", function () { ring.pop(); draw(); }, { class: "quiet" });
  const file = GA.el("input", { type: "file", id: "zone-file", multiple: true, accept: ".kml,.kmz,.geojson,.json,.txt,.zip,.shp,.dbf,.shx,.prj,.cpg,.gpkg,.dxf" });
  const status = GA.el("div", {});
  file.addEventListener("change", GA.doing(async function () {
    const files = Array.from(file.files), stamp = "zones/" + Date.now() + "/";
    const main = files.find(function (f) { return !/\.(dbf|shx|prj|cpg|sbn|sbx|xml)$/i.test(f.name); });
    if (!main) throw new Error(GA.t("zone_file_missing"));
    await GA.upload(GA.project, files.map(function (f) { return { file: f, path: stamp + f.name }; }), status);
    await GA.api("POST", GA.at("/zones"), { title: title.value.trim() || main.name.replace(/\.[^.]*$/, ""), title_en: english.value.trim(), purpose: purpose, file: stamp + main.name });
    GA.show();
  }));
  function draw() { line.setLatLngs(ring.map(function (p) { return [p[1], p[0]]; })); done.disabled = ring.length < 3; }
  const box = GA.el("section", { class: "panel", id: "part-zones" }, [GA.el("h2", { tabindex: "-1", text: GA.t("zones") }), GA.el("p", { class: "dim", text: GA.t("zones_hint") }),
    GA.el("ul", { class: "zones" }, view.zones.map(function (z) {
      return GA.el("li", {}, [GA.el("span", { text: GA.say(z.title) + " · " + GA.t("purpose_" + z.purpose) }),
        GA.button("remove", GA.doing(async function () { await GA.api("DELETE", GA.at("/zones/" + z.id)); GA.show(); }), { class: "quiet", "aria-label": GA.t("remove") + " " + GA.say(z.title) })]); })),
    GA.el("div", { class: "row" }, [GA.field("zone_title", title), GA.field("zone_title_en", english), GA.field("zone_purpose", kinds), undo, done, GA.pick("zone_file", file)]), status, GA.framed(node, GA.t("zones_map", { county: GA.say(view.title) }))]);
  setTimeout(async function () {
    if (!node.isConnected) return;
    try {
      const shapes = await GA.api("GET", GA.at("/shapes"));
      status.replaceChildren(...shapes.faults.map(function (f) { return GA.el("p", { class: "bad", text: GA.say(f) }); }));
      const map = GA.map(node, shapes, []);
      line.addTo(map);
      map.on("click", function (e) { ring.push([Number(e.latlng.lng.toFixed(6)), Number(e.latlng.lat.toFixed(6))]); draw(); });
    } catch (err) { GA.fail(err); }
  }, 0);
  return box;
};
