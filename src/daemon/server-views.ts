import type { ServerView } from '../canonical/feed-events.ts';
import type { ModelServer } from '../canonical/model.ts';

/** A model server as the event feed tells of it. */
export function serverView({ name, kind, origin, state, models }: ModelServer): ServerView {
  const loaded = models.filter((model) => model.loaded === true).map(({ id }) => id);
  return { name, kind, origin, state, models: models.length, loaded };
}

/** The servers that are otherwise than before; those that are no more have the state `gone`. */
export function changedServers(before: readonly ServerView[], after: readonly ServerView[]): ServerView[] {
  const known = new Map(before.map((view) => [view.name, view]));
  const changed = after.filter((view) => {
    const same = isSame(known.get(view.name), view);
    known.delete(view.name);
    return !same;
  });
  const gone = [...known.values()].map((view): ServerView => ({ ...view, state: 'gone', models: 0, loaded: [] }));
  return [...changed, ...gone];
}

function isSame(one: ServerView | undefined, other: ServerView): boolean {
  return (
    one !== undefined &&
    one.kind === other.kind &&
    one.origin === other.origin &&
    one.state === other.state &&
    one.models === other.models &&
    one.loaded.join('\n') === other.loaded.join('\n')
  );
}
