import { Compass } from 'lucide-react';
import { Link } from 'wouter';

import { buttonClass } from '../ui/Button';
import { Empty } from '../ui/Empty';

export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <Empty icon={Compass} title={`There is no such ${what}`}>
      <p>It may have been removed since, or its address is mistyped.</p>
      <Link href="/" className={buttonClass('primary')}>
        All datasets
      </Link>
    </Empty>
  );
}
