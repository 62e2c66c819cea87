// The reviewer's sign-off on the map: a word beside a site's name, and what was said in its box.
(function () {
  const WORSE = ["accepted", "to_change", "rejected"];
  let reviews = [];
  const title = function () { return GP.say((GP.meta.signoff || {}).title); };
  const word = function (r, key) { return function () { return GP.say(r.words[key]); }; };
  const of = function (site) { return reviews.filter(function (r) { return r.subject === "site" && r.latest && r.id === site; }); };

  GP.signed = function (found) { reviews = found; GP.labels(); };

  // the worst that is said of it in this run; what was said of an older one is worth nothing here
  GP.verdict = function (site) {
    return of(site).filter(function (r) { return r.current; })
      .sort(function (a, b) { return WORSE.indexOf(b.state) - WORSE.indexOf(a.state); })[0] || null;
  };

  GP.signoffBlock = function (site) {
    const found = of(site);
    if (!found.length) return null;
    return GP.el("div", { class: "gp-signoff" }, [GP.el("h4", { text: title })].concat(found.map(function (r) {
      return GP.el("div", { class: "gp-review" }, [
        GP.el("p", {}, [GP.el("b", { class: r.current ? "gp-signed-" + r.state : "gp-dim", text: word(r, "state") }), GP.el("span", { text: r.rule ? " " + r.rule : "" })]),
        r.comment ? GP.el("p", { text: r.comment }) : null,
        GP.el("p", { class: r.current ? "gp-dim" : "gp-warn", text: function () { return [r.who, r.at.slice(0, 16).replace("T", " "), word(r, "standing")()].join(" · "); } }),
      ]);
    })));
  };

  GP.on("ready", function () { if (GP.meta.signoff) GP.signed(GP.meta.signoff.reviews); });
})();
