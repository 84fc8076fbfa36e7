// Puts a text on the clipboard, also on pages that came over plain HTTP.

/** @returns false when the browser does not allow it */
export async function copyText(text: string): Promise<boolean> {
  // Browsers have it only on pages of HTTPS and localhost; a school's master is often plain HTTP.
  const clipboard: Clipboard | undefined = navigator.clipboard;
  try {
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed just now: the old way may be.
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.style.position = "fixed";
  area.style.opacity = "0";
  const { activeElement } = document;
  // A modal dialog makes everything outside of it inert.
  (activeElement?.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (activeElement instanceof HTMLElement) activeElement.focus();
  return done;
}
