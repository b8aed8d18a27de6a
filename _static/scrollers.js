// A wide table or formula scrolls in a box of its own. The keyboard must reach the box, but only where it scrolls.
function markScrollers() {
  for (const box of document.querySelectorAll("div.math, .pst-scrollable-table-container")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("load", markScrollers);
addEventListener("resize", markScrollers);
