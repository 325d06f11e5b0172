import { useEffect } from 'react';

/** What the window and its history call this page. */
export function useTitle(name: string): void {
  useEffect(() => {
    document.title = `${name} · miStudio Datasets`;
  }, [name]);
}
