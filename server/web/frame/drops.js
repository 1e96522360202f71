/** Keeps the browser from leaving the page for a file or a link that is dropped on it: not a module, on every page. */
{
  const TEXT_FIELDS = "textarea, input:is(:not([type]), [type=text], [type=search], [type=password])";
  const isForField = ({ target, dataTransfer }) =>
    target.closest?.(TEXT_FIELDS)?.matches(":enabled:not([readonly])") && !dataTransfer?.types.includes("Files");
  const refuse = (event) => {
    if (event.defaultPrevented || isForField(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
  };
  addEventListener("dragover", refuse);
  addEventListener("drop", refuse);
}
