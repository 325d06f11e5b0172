import { CircleCheck, Lock } from 'lucide-react';
import { Link } from 'wouter';

import { bytes } from '../text/format';
import { Badge } from '../ui/Badge';
import { Problem } from '../ui/Problem';
import { LABELS } from './status';
import type { Repository } from './use-look';

/** What a look at a repository has shown, before anything is fetched. */
export function RepositoryFacts({ repository }: { repository: Repository }) {
  const { accessible, gated, license, sizeBytes, freeBytes, error, existing } = repository;
  const isTooLarge = sizeBytes !== null && sizeBytes > freeBytes;
  return (
    <div className="flex flex-col gap-3 rounded-xl bg-raised/60 p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={accessible ? 'good' : 'bad'} icon={accessible ? CircleCheck : Lock}>
          {accessible ? 'Can be read' : 'Cannot be read'}
        </Badge>
        {gated === true && <Badge tone="warn">Access has to be asked for</Badge>}
        {repository.private === true && <Badge tone="calm">Private</Badge>}
        {license !== null && <Badge tone="calm">{license}</Badge>}
        <span className={isTooLarge ? 'text-danger' : 'text-muted'}>
          {sizeBytes === null ? 'Size not known' : bytes(sizeBytes)} of {bytes(freeBytes)} free
        </span>
      </div>
      {error && <Problem message={error.message} />}
      {existing.length > 0 && (
        <p className="text-muted">
          Here already:{' '}
          {existing.map(({ id, name, status }) => (
            <Link key={id} href={`/datasets/${id}`} className="mr-2 text-accent underline underline-offset-2">
              {name} ({LABELS[status].label.toLowerCase()})
            </Link>
          ))}
        </p>
      )}
    </div>
  );
}
