// What the keyboard test asks of a page. Relative luminance and contrast as WCAG 2.1 defines
// them; a half-clear colour lies on what is below it. What is disabled has no demand (1.4.3).
(() => {
  const rgba = s => { const m = s.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const lum = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = n => { const up = []; for (let x = n; x; x = x.parentElement) up.push(rgba(getComputedStyle(x).backgroundColor));
    return up.reverse().reduce((below, c) => over(c, below), [255, 255, 255, 1]); };
  const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const seen = n => n.checkVisibility({ checkVisibilityCSS: true }) && n.getBoundingClientRect().width > 0;
  const name = n => n.tagName.toLowerCase() + (n.id ? '#' + n.id : '') + '.' + n.className + ' ' + n.textContent.trim().slice(0, 30);
  const clear = n => { let o = 1; for (let x = n; x; x = x.parentElement) o *= Number(getComputedStyle(x).opacity); return o; };
  const controls = () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(n => !n.disabled && seen(n));
  window.look = {
    faint(least) {
      const out = [];
      for (const n of document.querySelectorAll('body *')) {
        const own = [...n.childNodes].some(k => k.nodeType === 3 && k.data.trim());
        const typed = n.matches('input, select, textarea') && clear(n) > 0;
        if (!(own || typed) || !seen(n) || n.closest(':disabled')) continue;
        const below = ground(n), colour = rgba(getComputedStyle(n).color);
        const looks = [over([...colour.slice(0, 3), colour[3] * clear(n)], below)];
        if (n.placeholder) looks.push(over(rgba(getComputedStyle(n, '::placeholder').color), below));
        for (const c of looks) if (ratio(c, below) < least) out.push(name(n) + ' ' + ratio(c, below).toFixed(2));
      }
      return out;
    },
    texts: () => [...document.querySelectorAll('body *')].filter(n => seen(n) && [...n.childNodes].some(k => k.nodeType === 3 && k.data.trim())).length,
    nameless: () => controls().filter(n => !(n.getAttribute('aria-label') || [...(n.labels || [])].map(l => l.textContent).join('').trim()
      || (!n.matches('input, select, textarea') && n.textContent.trim()))).map(n => n.outerHTML.slice(0, 120)),
    start() { controls().forEach((n, i) => { n.dataset.stop = i; }); document.activeElement.blur(); return controls().length; },
    at(least) {
      const n = document.activeElement;
      if (!n || n === document.body) return null;
      // an input that cannot be seen shows its focus on its label
      const shown = clear(n) > 0 ? n : n.closest('label');
      const s = getComputedStyle(shown);
      const marked = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && ratio(over(rgba(s.outlineColor), ground(shown.parentElement)), ground(shown.parentElement)) >= least;
      const box = shown.getBoundingClientRect();
      return { stop: n.dataset.stop === undefined ? null : Number(n.dataset.stop), name: name(n), marked: marked && box.right > 0 && box.bottom > 0 };
    },
    named: stops => controls().filter(n => stops.includes(Number(n.dataset.stop))).map(name),
    // of radio buttons the chosen one is reached, the others by arrows
    grouped: () => controls().filter(n => n.type === 'radio' && !n.checked && n.name && document.querySelector(`input[name="${n.name}"]:checked`)).map(n => Number(n.dataset.stop)),
  };
})()
