/**
 * GraphiQL says of each of its tabs that it is one, and has two buttons in it, which a screen reader then does not tell
 * of: they are told as a list of buttons, of which one is chosen. What was asked before is told by its own name. The
 * result calls it off.
 */
export function mend(page: Element): () => void {
  const tell = () => {
    page.querySelector('.graphiql-tabs[role=tablist]')?.setAttribute('role', 'list');
    page.querySelector('[role=tabpanel]')?.setAttribute('role', 'region');
    for (const tab of page.querySelectorAll('.graphiql-tab[aria-selected]')) {
      tab.querySelector('.graphiql-tab-button')?.setAttribute('aria-current', tab.getAttribute('aria-selected') ?? 'false');
      tab.setAttribute('role', 'listitem');
      tab.removeAttribute('aria-selected');
    }
    for (const asked of page.querySelectorAll('.graphiql-history-item-label[aria-label]')) asked.removeAttribute('aria-label');
  };
  tell();
  const observer = new MutationObserver(tell);
  observer.observe(page, { childList: true, subtree: true, attributeFilter: ['aria-selected'] });
  return () => { observer.disconnect(); };
}
