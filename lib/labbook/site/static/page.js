/* What cannot be read at once: edges where something is cut off fade, a strip of pictures has a slider,
   a link to a closed table opens it. */
"use strict";

(() => {
  const { element } = window.labbook;

  /* Where something is cut off, the edge fades, and the keyboard reaches it. */
  function shade(box) {
    const mark = () => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      box.classList.toggle("lb-cut", box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
    };
    box.addEventListener("scroll", mark, { passive: true });
    new ResizeObserver(mark).observe(box);
    new ResizeObserver(mark).observe(box.firstElementChild ?? box);
    mark();
  }

  /* A strip of pictures becomes one picture and a slider. */
  function slide(box) {
    const frames = Number(box.dataset.frames);
    const image = box.querySelector("img");
    const slider = element("input", { type: "range", min: 1, max: frames,
      value: Math.ceil(frames / 2), "aria-label": "Slice" });
    const told = element("output");
    const show = () => {
      image.style.transform = `translateX(${-100 * (slider.value - 1) / frames}%)`;
      told.textContent = `slice ${slider.value} of ${frames}`;
    };
    box.classList.add("lb-sliding");
    image.style.width = `${100 * frames}%`;
    slider.addEventListener("input", show);
    const bar = element("p", { class: "lb-bar" });
    bar.append(slider, told);
    box.after(bar);
    show();
  }

  /* A link to a closed table opens it. */
  function open() {
    const named = document.getElementById(new URLSearchParams(location.hash.slice(1)).get("compare")
      ?? location.hash.slice(1));
    const closed = named?.querySelector(":scope > details");
    if (closed) closed.open = true;
  }
  addEventListener("hashchange", open);
  open();

  /* What scrolls can be reached by the keyboard; a folded text scrolls once it is open. */
  document.querySelectorAll("article pre").forEach((text) => { text.tabIndex = 0; });
  document.querySelectorAll(".lb-slices").forEach(slide);
  document.querySelectorAll(".lb-scroll, .table-wrapper, .lb-wide, div.input_area").forEach(shade);
})();
