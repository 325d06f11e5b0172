import { type ComponentType, createElement, lazy } from 'react';

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

/** What makes those anew that did not come. */
const failed = new Set<() => void>();

/** A part of the page that comes when it is first shown. One that did not come is asked for again after `loadAgain`. */
export function lazily<Props extends object = object>(load: Load<Props>): ComponentType<Props> {
  const loaded = () =>
    load().catch((wrong: unknown) => {
      failed.add(renew);
      throw wrong;
    });
  let part = lazy(loaded);
  // React keeps what a lazy part came to for ever, also that it did not come
  const renew = () => { part = lazy(loaded); };
  return function Lazily(props: Props) {
    return createElement(part as ComponentType<Props>, props);
  };
}

export function loadAgain(): void {
  for (const renew of failed) renew();
  failed.clear();
}
