// Shows what a link to a term or a symbol explains: when it is pointed at, and when it has the focus.
// The texts are those of explanations.js, which is loaded on pages that have such links.
{
  const LINKS = "a.term, a.symbol";
  const GAP = 6;
  let box, link, timer;

  const hide = () => {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    if (box) box.hidden = true;
    link = undefined;
  };

  const show = (target) => {
    const text = EXPLANATIONS[target.hash.slice(1)];
    clearTimeout(timer);
    if (!text || target === link) return;
    hide();
    if (!box) {
      box = document.createElement("div");
      box.id = "explanation";
      box.setAttribute("role", "tooltip");
      document.body.append(box);
    }
    link = target;
    box.innerHTML = text;
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    const place = link.getClientRects()[0];
    const room = document.documentElement.clientWidth - box.offsetWidth - GAP;
    const above = place.top - box.offsetHeight - GAP;
    const below = place.bottom + GAP;
    const fits = below + box.offsetHeight <= innerHeight || above < 0;
    box.style.left = `${scrollX + Math.max(GAP, Math.min(place.left, room))}px`;
    box.style.top = `${scrollY + (fits ? below : above)}px`;
  };

  const later = (action, milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const target = event.target.closest(LINKS);
    if (target) later(() => show(target), 250);
    else if (box?.contains(event.target)) clearTimeout(timer);
    else if (link !== document.activeElement) later(hide, 250);
    else clearTimeout(timer);
  });
  document.addEventListener("focusin", (event) => event.target.matches(LINKS) && show(event.target));
  document.addEventListener("focusout", (event) => event.target === link && hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
