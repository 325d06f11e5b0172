import { useEffect } from 'react';

/** Another page begins at its top. Tabs of one page keep their place, and so does the way back. */
export function usePageTop(): void {
  useEffect(() => {
    let page = pageOf(window.location.pathname);
    const look = ({ type }: Event) => {
      const before = page;
      page = pageOf(window.location.pathname);
      if (type === 'pushState' && page !== before) window.scrollTo(0, 0);
    };
    // the first is told by wouter
    const told = ['pushState', 'popstate'];
    for (const name of told) window.addEventListener(name, look);
    return () => { for (const name of told) window.removeEventListener(name, look); };
  }, []);
}

/** "/datasets/one" of "/datasets/one/samples" */
const pageOf = (path: string): string => path.split('/').slice(0, 3).join('/');
