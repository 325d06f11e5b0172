import { Compass } from 'lucide-react';
import { Link } from 'wouter';

import { buttonClass } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { useTitle } from './use-title';

interface Props {
  what?: 'page' | 'dataset';
  title?: string;
  why?: string;
}

/** Stands in for a page that cannot be shown: says why, and leads back. */
export function NotFound({ what = 'page', title = `There is no such ${what}`, why = 'It may have been removed since, or its address is mistyped.' }: Props) {
  useTitle(title);
  return (
    <Empty isPage icon={Compass} title={title}>
      <p>{why}</p>
      <Link href="/" className={buttonClass('primary')}>
        All datasets
      </Link>
    </Empty>
  );
}
