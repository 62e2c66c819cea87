// Run: steps, progress, runs kept and compared. Doctor: findings in a list and on the map.
"use strict";
GA.parts.run = async function (page) {
  const view = await GA.api("GET", GA.at()), runs = await GA.api("GET", GA.at("/runs"));
  const chosen = new Set();
  const boxes = view.steps.map(function (s) {
    const box = GA.el("input", { type: "checkbox", value: s.name, "data-step": s.name, on: { change: function () { if (box.checked) chosen.add(s.name); else chosen.delete(s.name); } } });
    return GA.el("label", { class: "check" }, [box, GA.el("span", { text: GA.say(s.title) })]);
  });
  const title = GA.el("input", { type: "text", maxlength: "60", id: "run-title", placeholder: GA.t("run_title_hint") });
  let scenario = "";
  const plans = view.scenarios.length ? GA.field("which_plan", GA.select([["", GA.t("plan_itself")]].concat(view.scenarios.map(function (x) { return [x, x]; })), "", function (v) { scenario = v; }, { id: "which-plan" })) : null;
  const going = GA.el("div", { id: "going", "aria-live": "polite" });
  const follow = function (number) {
    going.append(GA.watch(GA.project, number, function (job) { if (job.state === "done") GA.show(); else GA.later(GA.show, 1500); }));
  };
  const start = GA.button("start_run", GA.doing(async function () {
    const begun = await GA.api("POST", GA.at("/jobs"), { kind: "run", lang: GA.lang, only: Array.from(chosen), title: title.value.trim(), scenario: scenario });
    follow(begun.job);
  }), { class: "main", id: "start-run" });
  page.append(GA.el("h1", { text: GA.t("tab_run") }),
    GA.el("section", { class: "panel" }, [GA.el("div", { class: "row" }, [start, plans, GA.field("run_title", title)]),
      GA.el("details", { id: "steps" }, [GA.el("summary", { text: GA.t("choose_steps") }), GA.el("p", { class: "dim", text: GA.t("steps_hint") }), GA.el("div", { class: "checks" }, boxes)]), going]));
  for (const r of runs) if (r.job && r.job.state === "running") follow(r.job.number);
  page.append(GA.el("section", { class: "panel" }, [GA.el("h2", { text: GA.t("runs") }), GA.runTable(runs, follow)]));
};

GA.runName = function (r) { return GA.t("run_n", { n: Number(r.number) }) + (r.scenario ? " " + r.scenario : "") + (r.title && r.title !== r.scenario ? " " + r.title : ""); };

GA.runTable = function (runs, follow) {
  if (!runs.length) return GA.el("p", { class: "empty", text: GA.t("no_runs") });
  const rows = [], seen = new Set();
  const keyOf = function (f) { return JSON.stringify([f.title, f.unit]); };
  for (const r of runs) for (const f of r.figures) {
    const key = keyOf(f);
    if (!seen.has(key)) { seen.add(key); rows.push([key, f]); }
  }
  const valueOf = function (r, key) { return r.figures.find(function (f) { return keyOf(f) === key; }); };
  const acts = function (r) {
    const state = r.finished ? GA.t("state_done") : r.job ? GA.t("state_" + r.job.state) : "";
    const out = [GA.el("span", { class: "mark", text: state }), r.finished && !r.current ? GA.el("small", { text: GA.t("plan_changed_since") }) : null];
    if (r.finished) out.push(GA.el("a", { class: "button", href: GA.look(r.number), target: "_blank", rel: "noopener", text: GA.t("look") }),
      GA.el("a", { class: "button", href: "#/p/" + encodeURIComponent(GA.project) + "/give/" + r.number, text: GA.t("tab_give") }));
    else if (r.job && r.job.state !== "running") out.push(GA.why(r), GA.button("resume", GA.doing(async function () {
      const begun = await GA.api("POST", GA.at("/jobs"), { kind: "run", lang: GA.lang, run: r.number, only: r.job.asked.only || [] });
      follow(begun.job);
    }), { "data-act": "resume" }));
    return out;
  };
  return GA.el("div", { class: "wide" }, [GA.el("table", { id: "runs" }, [
    GA.el("thead", {}, [GA.el("tr", {}, [GA.el("th", { scope: "col", text: "" })].concat(runs.map(function (r) {
      return GA.el("th", { scope: "col", "data-run": r.number }, [GA.el("span", { text: GA.runName(r) }), GA.el("small", { text: GA.when(r.began) })]); })))]),
    GA.el("tbody", {}, [GA.el("tr", {}, [GA.el("th", { scope: "row", text: GA.t("state") })].concat(runs.map(function (r) { return GA.el("td", { class: "acts" }, acts(r)); })))].concat(rows.map(function (x) {
      const first = valueOf(runs[runs.length - 1], x[0]);
      return GA.el("tr", {}, [GA.el("th", { scope: "row", text: GA.say(x[1].title) + (GA.say(x[1].unit) ? GA.t("in_brackets", { text: GA.say(x[1].unit) }) : "") })].concat(runs.map(function (r) {
        const f = valueOf(r, x[0]);
        const changed = runs.length > 1 && f && first && (f.value !== first.value || f.of !== first.of);
        return GA.el("td", { class: "figure" + (changed ? " changed" : "") }, f ? [f.value === null && f.why.length ? "" : GA.el("span", { text: GA.fixed(f.value, f.digits) + (f.of ? " / " + GA.number(f.of, 0) : "") })].concat(f.why.map(function (w) { return GA.el("small", { text: GA.say(w) }); })) : []);
      })));
    })))])]);
};
// Why a run ended before its end, and what to do before it is begun again.
GA.why = function (r) {
  const error = (r.job.outcome || {}).error;
  if (!error && r.current) return null;
  return GA.el("div", { class: "why-failed", "data-why": r.number }, [
    error ? GA.el("p", { class: "bad told", text: GA.say(error) }) : null,
    error ? GA.el("p", {}, [GA.el("a", { href: "#/p/" + encodeURIComponent(GA.project) + "/doctor", text: GA.t("see_doctor") })]) : null,
    r.current ? null : GA.el("p", { text: GA.t("resume_old_plan") })]);
};
GA.look = function (number) { return "/look/" + encodeURIComponent(GA.project) + "/" + number + "/?token=" + encodeURIComponent(GA.token) + "&lang=" + GA.lang; };

GA.parts.doctor = async function (page) {
  const going = GA.el("div", { "aria-live": "polite" });
  const begin = function (kind, then) {
    return GA.doing(async function () {
      const begun = await GA.api("POST", GA.at("/jobs"), { kind: kind, lang: GA.lang });
      going.replaceChildren(GA.watch(GA.project, begun.job, then));
    });
  };
  page.append(GA.el("div", { class: "row spread" }, [GA.el("h1", { text: GA.t("tab_doctor") }), GA.el("div", { class: "row" }, [
    GA.button("examine", begin("doctor", function (job) { if (job.state === "done") GA.show(); }), { class: "main", id: "examine" }),
    GA.button("repair", begin("repair", GA.doing2(async function (job) {
      if (job.state !== "done") return;
      const name = job.outcome.files[0].split("/")[0], at = "#/p/" + encodeURIComponent(name);
      const again = (await GA.api("GET", "/api/projects/" + encodeURIComponent(name) + "/doctor")).found.findings;
      const errors = again.filter(function (f) { return f.severity === "error"; }).length;
      going.append(GA.el("p", { class: errors ? "bad" : "good" }, [GA.el("span", { text: GA.t("repaired_is") }), GA.el("a", { href: at, text: name, id: "repaired" })]));
      if (errors) going.append(GA.el("p", { class: "bad", id: "repaired-errors" }, [GA.el("span", { text: GA.t("repaired_errors", { n: errors }) }), GA.el("a", { href: at + "/doctor", text: GA.t("tab_doctor") })]));
    })), { id: "repair" })])]), going);
  // the word stands until the findings do, not only until the head of the page does
  const wait = GA.el("p", { class: "dim", role: "status", text: GA.t("loading") });
  page.append(wait);
  for (const job of await GA.api("GET", GA.at("/jobs"))) if (job.state === "running" && (job.kind === "doctor" || job.kind === "repair")) going.append(GA.watch(GA.project, job.number, function () { GA.later(GA.show, 800); }));
  const told = await GA.api("GET", GA.at("/doctor")).finally(function () { wait.remove(); });
  if (!told.found) { page.append(GA.el("p", { class: "empty", text: GA.t("not_examined") })); return; }
  const findings = told.found.findings;
  const n = function (s) { return findings.filter(function (f) { return f.severity === s; }).length; };
  const node = GA.el("div", { class: "map tall", id: "doctor-map", role: "application", "aria-label": GA.t("findings_map") });
  let map = null, marks = {};
  const list = GA.el("ol", { class: "findings", id: "findings" }, findings.map(function (f, i) {
    const places = f.places_total ? GA.t("n_places", { n: GA.number(f.places_total, 0) }) : "";
    return GA.el("li", { "data-severity": f.severity, "data-code": f.code }, [
      GA.el("span", { class: "mark " + ({ error: "low", warning: "medium", note: "" })[f.severity], text: GA.t("severity_" + f.severity) }),
      GA.el("p", { text: GA.say(f.text) }), ...GA.remedy(f.remedy),
      GA.el("small", { text: [places, f.blocks.area_km2 ? GA.number(f.blocks.area_km2, 3) + " km²" : "", f.blocks.rules.length ? GA.t("n_rules", { n: f.blocks.rules.length }) : ""].filter(Boolean).join(" · ") }),
      marks && f.places_total ? GA.button("show_on_map", function () {
        const group = marks[i + 1];
        if (map && group) { map.fitBounds(group.getBounds().pad(0.3), { maxZoom: 15, animate: false }); node.scrollIntoView({ block: "nearest" }); }
      }, { class: "quiet", "data-show": String(i + 1) }) : null]);
  }));
  page.append(GA.el("p", { class: "answer", id: "doctor-summary", text: GA.t("doctor_summary", { error: n("error"), warning: n("warning"), note: n("note") }) }),
    GA.el("div", { class: "columns" }, [list, GA.framed(node, GA.t("findings_map"))]));
  const wanted = list.querySelectorAll("[data-keys]");
  if (wanted.length) {
    const own = (await GA.api("GET", GA.at())).parameters;
    for (const box of wanted) box.append(GA.values(own.filter(function (p) { return box.dataset.keys.split(" ").includes(p.key); })));
  }
  setTimeout(async function () {
    try {
      const colour = { error: "#b3261e", warning: "#b26a00", note: "#44546a" };
      const shown = Object.keys(colour).filter(function (k) { return told.places.features.some(function (f) { return f.properties.severity === k; }); });
      map = GA.map(node, await GA.api("GET", GA.at("/shapes")), shown.map(function (k) { return [{ color: colour[k], weight: 3, fill: true, fillOpacity: 0.25 }, GA.t("severity_" + k)]; }));
      for (const f of told.places.features) {
        const shape = L.geoJSON(f, { style: { color: colour[f.properties.severity], weight: 3, fillOpacity: 0.25 },
          pointToLayer: function (g, at) { return L.circleMarker(at, { radius: 6, color: colour[f.properties.severity] }); } });
        const words = document.createElement("p");
        words.textContent = f.properties.number + ". " + f.properties["text_" + GA.lang] + (f.properties.feature ? " (" + f.properties.feature + ")" : "");
        shape.bindPopup(words);
        (marks[f.properties.number] = marks[f.properties.number] || L.featureGroup().addTo(map)).addLayer(shape);
      }
    } catch (err) { GA.fail(err); }
  }, 0);
};

// What to do about a finding on these pages: words, and the fields or the way to them.
GA.remedy = function (r) {
  if (!GA.say(r.text)) return [];
  const out = [GA.el("p", { class: "todo", text: GA.t("todo") + GA.say(r.text) })];
  const way = function (part, text, more) { return GA.el("a", Object.assign({ class: "button quiet", href: "#/p/" + encodeURIComponent(GA.project) + "/data/" + part, text: text }, more || {})); };
  if (r.beside === "dates" && r.layers.length) {
    const boxes = r.layers.map(function (x) { return [x, GA.el("input", { type: "text", maxlength: "10", value: x.date, placeholder: "2024-12-31", "data-date": x.id })]; });
    out.push(GA.el("div", { class: "row fill" }, boxes.map(function (b) { return GA.el("label", { class: "field" }, [GA.el("span", { text: GA.say(b[0].title) }), b[1]]); }).concat([
      GA.button("save_dates", GA.doing(async function () {
        for (const b of boxes) if (b[1].value.trim() !== b[0].date) { await GA.api("POST", GA.at("/layers/" + b[0].id + "/facts"), { date: b[1].value.trim(), mark: b[0].mark }); b[0].date = b[1].value.trim(); }
        const now = (await GA.api("GET", GA.at())).layers;
        for (const b of boxes) b[0].mark = now.find(function (x) { return x.id === b[0].id; }).mark;
        GA.tell(GA.t("state_done"));
      }), { "data-act": "save-dates" })])), GA.el("small", { text: GA.t("date_hint") }));
  } else if (r.beside === "layers" && r.layers.length) out.push(GA.el("div", { class: "row" }, r.layers.map(function (x) { return way("correct/" + x.id, GA.t("correct_layer", { title: GA.say(x.title) }), { "data-way": x.id }); })));
  else if (r.beside === "values") out.push(GA.el("div", { class: "fill", "data-keys": r.keys.join(" ") }));
  else if (r.beside === "data") out.push(GA.el("div", { class: "row" }, [way("at/" + r.part, GA.t("to_data_page"), { "data-way": r.part })]));
  if (GA.say(r.in_plan)) out.push(GA.el("details", { class: "why" }, [GA.el("summary", { text: GA.t("in_plan") }), GA.el("p", { class: "dim", text: GA.say(r.in_plan) })]));
  return out;
};
