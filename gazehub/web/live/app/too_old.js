/* Runs only where modules are unknown. */
document.addEventListener("DOMContentLoaded", function () {
  const state = document.querySelector(".state");
  if (!state) return;
  state.textContent =
    "This browser is too old for this page: Chrome or Edge 91, Firefox 132, Safari 16.4 and later can show it.";
});
