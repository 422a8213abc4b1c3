// Without it everything works; with it the summary of what is wrong is read out, and the page is where it was.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("problems")?.focus();
});

// What was decided, on the clipboard in one click; without it the text can be selected.
if (navigator.clipboard) {
  document.documentElement.classList.add("can-copy");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const said = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = said), 2000);
  });
}

// Long work shows that it goes on: the button that was pressed turns, until the next page is there.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});
