// The reviewer's sign-off on the served page: what was said of sites, and saying it.
(function () {
  const put = function (id, children) { document.getElementById(id).replaceChildren(...children); };

  function row(r) {
    return GP.el("li", { class: "gp-review", "data-seq": String(r.seq) }, [
      GP.el("div", {}, [GP.el("b", { text: r.id + (r.rule ? " " + r.rule : "") }), GP.el("span", { text: " " + GP.say(GP.meta.serve.states[r.state]) })]),
      r.comment ? GP.el("p", { text: r.comment }) : null,
      GP.el("p", { class: r.current ? "gp-dim" : "gp-warn", text: [r.who, r.at.slice(0, 16).replace("T", " "), r.words.standing].join(" · ") }),
    ].filter(Boolean));
  }

  async function load() {
    try {
      const found = await GP.ask("GET", "/api/reviews");
      put("gp-reviews", found.reviews.length ? found.reviews.slice().reverse().map(row) : [GP.el("li", { class: "gp-dim", text: GP.key("review_none") })]);
      GP.signed(found.reviews);
      const site = document.getElementById("gp-review-site"), was = site.value;
      site.replaceChildren(...found.sites.map(function (s) { return GP.el("option", { value: s, text: s }); }));
      if (was) site.value = was;
      document.getElementById("gp-review-form").hidden = !found.sites.length;
    } catch (err) { put("gp-reviews", [GP.el("li", { class: "gp-note", text: GP.t("error", { text: err.message }) })]); }
  }

  function body() {
    const box = function (tag, id, key, more) { return GP.el(tag, Object.assign({ id: id, label: GP.key(key), hint: GP.key(key) }, more || {})); };
    const site = box("select", "gp-review-site", "review_site"), state = box("select", "gp-review-state", "review_state");
    for (const s of Object.keys(GP.meta.serve.states)) state.append(GP.el("option", { value: s, text: GP.meta.serve.states[s] }));
    const rule = box("input", "gp-review-rule", "review_rule", { type: "text", maxlength: "64" });
    const who = box("input", "gp-review-who", "review_who", { type: "text", maxlength: "100" });
    const comment = box("textarea", "gp-review-comment", "review_comment", { maxlength: "4000", rows: "3" });
    const told = GP.el("p", { id: "gp-review-told", class: "gp-dim", role: "status", "aria-live": "polite" });
    const send = GP.el("button", { type: "button", class: "gp-button", id: "gp-review-send", text: GP.key("review_send"), on: { click: async function () {
      try {
        const done = await GP.ask("POST", "/api/review", { id: site.value, rule: rule.value.trim(), state: state.value, comment: comment.value, who: who.value });
        told.textContent = GP.t("review_written", { seq: done.seq });
        comment.value = "";
        await load();
      } catch (err) { told.textContent = GP.t("error", { text: err.message }); }
    } } });
    return [GP.el("div", { id: "gp-review-form", hidden: true }, [GP.el("div", { class: "gp-row" }, [site, state]), rule, comment, who, GP.el("div", { class: "gp-row" }, [send])]), told,
      GP.el("p", { class: "gp-dim", text: GP.key("review_note") }), GP.el("ul", { id: "gp-reviews" })];
  }

  GP.extraTabs.push(["reviews", body]);
  GP.on("ready", load);
  GP.on("lang", function () { if (document.getElementById("gp-reviews")) load(); });
})();
