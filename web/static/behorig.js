// Without it everything works; with it the summary of what is wrong is read out, and the page is where it was.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("problems")?.focus();
});
