import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

const system = window.matchMedia('(prefers-color-scheme: dark)');

/** GraphiQL asks the system once for the colours of its editors; where none were chosen they follow it. */
export function FollowSystemTheme() {
  const theme = useGraphiQL(({ theme }) => theme);
  const { setTheme } = useGraphiQLActions();
  useEffect(() => {
    if (theme !== null) return;
    const follow = () => { setTheme(null); };
    system.addEventListener('change', follow);
    return () => { system.removeEventListener('change', follow); };
  }, [theme, setTheme]);
  return null;
}
