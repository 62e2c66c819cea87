// Lists of the plan as forms: plants, targets, class codes, facilities. What is wrong stands beside its field.
"use strict";
GA.forms = async function () {
  const view = await GA.api("GET", GA.at("/forms"));
  return view.forms.map(function (form) {
    const rows = form.rows.map(function (row, i) {
      const name = GA.rowName(form, row, view), about = form.about.map(function (k) { return GA.shown(form, k, row.answers, view); }).filter(Boolean).join(" ");
      return GA.el("tr", { "data-row": i }, [GA.el("th", { scope: "row" }, [GA.el("span", { text: name }), about ? GA.el("small", { text: about }) : null]),
        GA.el("td", {}, [form.id !== "facilities" ? null : row.missing.length ? GA.el("span", { class: "mark medium", text: GA.t("case_waits", { layers: row.missing.map(GA.say).join(GA.t("comma")) }) }) : GA.el("span", { class: "mark high", text: GA.t("case_ready") })]),
        GA.el("td", { class: "acts" }, [GA.button("change_row", function () { GA.rowForm(form, view, i); }, { class: "quiet", "aria-label": GA.t("change_row") + " " + name, "data-act": "change" }),
          GA.button("remove", GA.doing(async function () {
            await GA.api("DELETE", GA.at("/forms/" + form.id + "/" + i + "?mark=" + row.mark));
            await GA.formsAgain(form.id, GA.t("entry_removed"));
          }), { class: "quiet", "aria-label": GA.t("remove") + " " + name, "data-act": "remove" })])]); });
    return GA.el("details", { class: "panel", id: "part-" + form.id }, [GA.el("summary", { text: GA.say(form.title).replace("{n}", form.rows.length) }), GA.el("p", { class: "dim", text: GA.say(form.hint) }),
      rows.length ? GA.el("div", { class: "wide" }, [GA.el("table", { class: "list", "data-form": form.id }, [GA.el("tbody", {}, rows)])]) : GA.el("p", { text: GA.t("form_empty") }),
      GA.el("button", { type: "button", text: GA.say(form.add), "data-add": form.id, on: { click: function () { GA.rowForm(form, view, null); } } })]); });
};

// the page again, the list that was worked on open
GA.formsAgain = async function (id, told) {
  const top = scrollY;
  await GA.show();
  const box = document.getElementById("part-" + id);
  if (box) { box.open = true; scrollTo(0, top); box.querySelector("summary").focus({ preventScroll: true }); }
  GA.tell(told);
};

GA.offersOf = function (part, answers, view) {
  if (!part.offers) return Object.keys(part.values || {}).map(function (k) { return Object.assign({ id: k }, part.values[k]); });
  const of = part.of ? answers[part.of] : "";
  return view.offers[part.offers].filter(function (c) { return !part.of || c.of === of; });
};
GA.shown = function (form, key, answers, view) {
  const f = form.fields.find(function (x) { return x.key === key; }), value = answers[key];
  if (value === "" || value === undefined) return f.usual && f.takes === "choice" ? GA.say(f.values[f.usual]) : "";
  if (f.takes === "title") return GA.say(value) || value.zh || value.en;
  const own = f.takes === "choice" ? GA.offersOf(f, answers, view).find(function (c) { return c.id === value; }) : null;
  return (own ? GA.say(own) : f.takes === "number" && Number.isFinite(Number(value)) ? GA.number(Number(value), 9) : value) + (f.unit ? " " + GA.say(f.unit) : "");
};
GA.rowName = function (form, row, view) { return form.names.map(function (k) { return GA.shown(form, k, row.answers, view); }).join(" "); };

// Whether a field is meant under the answers there are.
GA.meant = function (form, field, answers, view) {
  const word = function (v) { return Array.isArray(v) ? (v.length ? "*" : "") : v && typeof v === "object" ? v.zh || v.en || "" : v || ""; };
  return !field.when.length || field.when.some(function (all) {
    return Object.keys(all).every(function (key) {
      const part = key.split(":"), given = word(answers[part[0]]);
      if (part.length === 1) return all[key].includes(given) || all[key].includes("*") && given !== "";
      const of = form.fields.find(function (x) { return x.key === part[0]; }), own = view.offers[of.offers].find(function (c) { return c.id === given; });
      return Boolean(own) && own.kinds.some(function (k) { return all[key].includes(k); });
    }); });
};

// One answer: its node, and what is done when it changes.
GA.answer = function (part, value, set, answers, view, usual, label) {
  const text = function (v, then, attrs) { return GA.el("input", Object.assign({ type: "text", maxlength: "2000", value: v || "", on: { change: function (e) { then(e.target.value); } } }, attrs || {})); };
  if (part.takes === "choice" || part.takes === "flag") {
    const list = part.takes === "flag" ? [{ id: "true", zh: GA.t("yes"), en: GA.t("yes") }, { id: "false", zh: GA.t("no"), en: GA.t("no") }] : GA.offersOf(part, answers, view);
    const options = list.map(function (c) { return [c.id, GA.say(c)]; });
    if (value && !options.some(function (o) { return o[0] === value; })) options.push([value, value]);
    const own = usual ? options.find(function (o) { return o[0] === usual; }) : null;
    return GA.select([["", own ? GA.t("usual", { value: own[1] }) : GA.t(part.required ? "choose_one" : "none_chosen")]].concat(options), value || "", set, { "aria-label": label || null });
  }
  if (part.takes === "many") {
    const on = new Set(value || []);
    return GA.el("div", { class: "checks" }, GA.offersOf(part, answers, view).sort(function (a, b) { return on.has(b.id) - on.has(a.id); }).map(function (c) {
      const box = GA.el("input", { type: "checkbox", value: c.id, checked: on.has(c.id), on: { change: function () { if (box.checked) on.add(c.id); else on.delete(c.id); set(Array.from(on)); } } });
      return GA.el("label", { class: "check" }, [box, GA.el("span", { text: GA.say(c) })]); }));
  }
  if (part.takes === "title") {
    const own = Object.assign({ zh: "", en: "" }, value), name = label || GA.say(part.title);
    return GA.el("div", { class: "row both" }, ["zh", "en"].map(function (k) {
      const hint = GA.t(k === "zh" ? "in_chinese" : "in_english");
      return text(own[k], function (v) { own[k] = v.trim(); set(Object.assign({}, own)); }, { placeholder: hint, "aria-label": name + " " + hint, lang: k === "zh" ? "zh-CN" : "en", "data-lang": k }); }));
  }
  if (part.takes === "long") return GA.el("textarea", { rows: "2", maxlength: "2000", value: value || "", "aria-label": label || null, on: { change: function (e) { set(e.target.value.trim()); } } });
  const hint = part.takes === "day" ? "2026-11-29" : usual ? GA.t("usual", { value: usual }) : null;
  const number = ["number", "count", "year"].includes(part.takes);
  return text(value, function (v) { set(v.trim()); }, { placeholder: hint, inputmode: number ? "decimal" : null, "aria-label": label || null });
};

// Lines of a list within an entry.
GA.lines = function (field, answers, view, set) {
  const box = GA.el("div", { class: "lines" });
  const unit = function (p) { return GA.say(p.title) + (p.unit ? GA.t("in_brackets", { text: GA.say(p.unit) }) : ""); };
  function draw() {
    const rows = answers[field.key];
    box.replaceChildren(...rows.map(function (row, i) {
      return GA.el("div", { class: "line", "data-line": i }, field.parts.map(function (p) {
        const own = function (v) { row[p.key] = v; set(rows); };
        return GA.el("div", { class: "field", "data-part": p.key }, [GA.el("span", { text: unit(p) }), GA.answer(p, row[p.key], own, answers, view, "", unit(p) + " " + (i + 1))]); })
        .concat([GA.button("remove", function () { rows.splice(i, 1); set(rows); draw(); }, { class: "quiet", "aria-label": GA.t("remove") + " " + (i + 1) })])); }),
    GA.button("add_part", function () { rows.push({}); draw(); }, { class: "quiet", "data-act": "add-line" }));
  }
  draw();
  return box;
};

GA.rowForm = function (form, view, index) {
  const row = index === null ? null : form.rows[index], answers = {}, touched = new Set(), fields = [];
  for (const f of form.fields) answers[f.key] = row ? JSON.parse(JSON.stringify(row.answers[f.key])) : f.takes === "title" ? { zh: "", en: "" } : ["many", "rows", "map"].includes(f.takes) ? [] : "";
  const status = GA.el("p", { role: "status" }), title = row ? GA.rowName(form, row, view) : GA.say(form.add);
  const dialog = GA.el("dialog", { id: "entry", "aria-label": title, "data-of": form.id });
  const close = function () { dialog.close(); dialog.remove(); };
  const send = function (only) {
    const meant = {};
    for (const f of form.fields) if (GA.meant(form, f, answers, view)) meant[f.key] = answers[f.key];
    return GA.api("POST", GA.at("/forms/" + form.id), { index: index, mark: row ? row.mark : "", answers: meant, try_only: only });
  };
  function tell(found, all) {
    for (const x of fields) {
      const words = found.faults[x.field.key], now = words && (all || touched.has(x.field.key));
      x.fault.textContent = now ? GA.say(words) : "";
      x.box.toggleAttribute("data-wrong", Boolean(now));
      for (const node of x.box.querySelectorAll("input, select, textarea")) if (now) node.setAttribute("aria-invalid", "true"); else node.removeAttribute("aria-invalid");
    }
    const n = Object.keys(found.faults).length, rest = found.rest.map(GA.say);
    status.className = "bad";
    status.textContent = (all && n ? [GA.t("form_wrong", { n: n })] : []).concat(all ? rest : []).join("\n");
  }
  let asked = 0, full = false;
  async function look() {
    const turn = asked += 1;
    try { const found = await send(true); if (turn === asked && dialog.isConnected) tell(found, full); } catch (err) { if (turn === asked) { status.textContent = err.message; status.className = "bad"; } }
  }
  function follow(key) {
    for (const x of fields) {
      x.box.hidden = !GA.meant(form, x.field, answers, view);
      if (x.field.of === key || x.field.parts.some(function (p) { return p.of === key; })) { if (x.field.of) answers[x.field.key] = GA.offersOf(x.field, answers, view).some(function (c) { return c.id === answers[x.field.key]; }) ? answers[x.field.key] : ""; x.draw(); }
    }
    for (const set of dialog.querySelectorAll("fieldset")) set.hidden = !set.querySelector(":scope > .values-grid > :not([hidden])");
  }
  const set = function (f) { return function (value) { answers[f.key] = value; touched.add(f.key); follow(f.key); look(); }; };
  const groups = new Map();
  for (const f of form.fields) {
    const wide = ["rows", "map", "many", "title", "long"].includes(f.takes), fault = GA.el("small", { class: "bad", role: "alert" });
    const label = GA.say(f.title) + (f.unit ? GA.t("in_brackets", { text: GA.say(f.unit) }) : ""), place = GA.el("div", { class: "place" });
    const single = !["rows", "map", "many", "title"].includes(f.takes);
    const box = GA.el(single ? "label" : "div", { class: "field" + (wide ? " whole" : ""), role: single ? null : "group", "aria-label": single ? null : label, "data-field": f.key }, [GA.el("span", { text: label + (f.required ? " *" : "") }), place, f.hint ? GA.el("small", { text: GA.say(f.hint) }) : null, fault]);
    const draw = function () { place.replaceChildren(["rows", "map"].includes(f.takes) ? GA.lines(f, answers, view, set(f)) : GA.answer(f, answers[f.key], set(f), answers, view, f.usual)); };
    fields.push({ field: f, box: box, fault: fault, draw: draw });
    draw();
    const heading = f.group ? GA.say(f.group) : "";
    if (!groups.has(heading)) groups.set(heading, []);
    groups.get(heading).push(box);
  }
  const save = GA.button("save_row", GA.doing(async function () {
    asked += 1;
    full = true;
    const found = await send(false).catch(function (err) { status.textContent = err.message; status.className = "bad"; return null; });
    if (!found) return;
    if (!found.written) { tell(found, true); const first = dialog.querySelector("[data-wrong]:not([hidden])"); if (first) first.scrollIntoView({ block: "center" }); return; }
    close();
    await GA.formsAgain(form.id, [GA.t("entry_kept")].concat(found.told.map(GA.say)).join("\n"));
  }), { class: "main", id: "save-row" });
  dialog.append(GA.el("div", { class: "row spread" }, [GA.el("h2", { text: title }), GA.button("close", close, { class: "quiet" })]),
    ...Array.from(groups, function (g) { const grid = GA.el("div", { class: "values-grid" }, g[1]); return g[0] ? GA.el("fieldset", {}, [GA.el("legend", { text: g[0] }), grid]) : grid; }), GA.el("div", { class: "row" }, [save]), status);
  document.body.append(dialog);
  follow("");
  dialog.showModal();
  dialog.addEventListener("cancel", function () { dialog.remove(); });
};
