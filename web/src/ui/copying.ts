/** Whether what stands in this place is on the clipboard now; where it is not, it is selected, to be copied by hand. */
export async function copy(place: HTMLElement): Promise<boolean> {
  // there is none on pages that come neither by HTTPS nor from this very machine
  const clipboard = navigator.clipboard as Clipboard | undefined;
  try {
    if (clipboard) {
      await clipboard.writeText(place.textContent);
      return true;
    }
  } catch {
    // the browser was told to refuse it: what a person selects can be copied all the same
  }
  window.getSelection()?.selectAllChildren(place);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way where there is no clipboard
  return document.execCommand('copy');
}
