import { WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';

import { isConnected } from '../service/connection';
import { useStore } from '../service/store';
import { tokenIsWanted } from '../service/token';

/** Shorter breaks are nobody's business. */
const AFTER_MILLISECONDS = 800;

/** Says that what is shown stands still, and goes away by itself. */
export function OfflineBanner() {
  const connected = useStore(isConnected);
  const isWanted = useStore(tokenIsWanted);
  const isLost = connected === false && !isWanted;
  const [shows, setShows] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setShows(isLost); }, isLost ? AFTER_MILLISECONDS : 0);
    return () => { clearTimeout(timer); };
  }, [isLost]);
  if (!shows) return null;
  return (
    <div role="alert" className="sticky top-14 z-20 bg-warn-soft text-warn backdrop-blur">
      <p className="mx-auto flex max-w-7xl items-center gap-2 px-4 py-2 sm:px-6">
        <WifiOff className="size-4 shrink-0" aria-hidden />
        The service does not answer. What you see is from before; it goes on by itself as soon as it is back.
      </p>
    </div>
  );
}
