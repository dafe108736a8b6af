import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError, api } from '../../api/client';
import type { ApplicationSettings, Version } from '../../api/schema';
import { versions } from '../applications';
import { type Changed, changes } from '../changes';

/** How long typing rests before the draft is saved. */
const REST = 600;

export type Saving =
  | { state: 'saved' }
  | { state: 'saving' }
  /** Somebody else wrote the draft meanwhile. */
  | { state: 'changed' }
  | { state: 'refused'; reason: string };

/** What somebody else made of the draft meanwhile. */
export interface Theirs {
  /** From which both began. */
  base: ApplicationSettings;
  settings: ApplicationSettings;
  /** What to save against. */
  tag: string | null;
}

/** What the pages of Configure share: the settings as they are being edited, and what they change. */
export interface Draft {
  id: string;
  name: string;
  /** As edited, saved or not. */
  settings: ApplicationSettings;
  /** The number that the draft has, or will have. */
  number: number;
  /** When the draft was begun; null while there is none. */
  begun: string | null;
  /** What counts now; null before the first version is published. */
  current: Version | null;
  changes: Changed[];
  saving: Saving;
  edit: (change: Partial<ApplicationSettings>) => void;
  /** Save now what is still typed; resolves when the server has it. */
  flush: () => Promise<void>;
  /** Drop what was typed, and read the draft again. */
  reload: () => void;
  /** Read what somebody else saved meanwhile, beside what was typed. */
  compare: () => Promise<Theirs>;
  /** Save what was made of both, unless a third person was faster; then it throws. */
  settle: (settings: ApplicationSettings, against: string | null) => Promise<void>;
}

const Context = createContext<Draft | null>(null);

/** The draft that is edited. Only below [`DraftProvider`]. */
export function useDraft(): Draft {
  const draft = useContext(Context);
  if (!draft) throw new Error('no draft here');
  return draft;
}

const ask = (id: string) => ({ params: { path: { application: id } } });

/** The draft as the server has it, or what counts now while there is none, with the tag to save it against. */
async function read(id: string) {
  const { data, response } = await api.GET('/api/v1/applications/{application}/draft', ask(id));
  return { version: data as Version, tag: response.headers.get('etag') };
}

/** The query of the draft: shared with whoever has to show it. */
export const draftQuery = (id: string) => ({
  queryKey: ['applications', id, 'draft'],
  queryFn: () => read(id),
});

interface Props {
  id: string;
  name: string;
  children: (draft: Draft | null, error: unknown) => ReactNode;
}

/** Reads the draft, keeps what is typed, and saves it by itself. */
export function DraftProvider({ id, name, children }: Props) {
  const client = useQueryClient();
  const stored = useQuery(draftQuery(id));
  const all = useQuery(versions(id));
  const [typed, setTyped] = useState<ApplicationSettings | null>(null);
  const [saving, setSaving] = useState<Saving>({ state: 'saved' });
  const tag = useRef<string | null>(null);
  const base = useRef<ApplicationSettings | null>(null);
  const latest = useRef<ApplicationSettings | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const running = useRef<Promise<void> | null>(null);
  // What is being typed is not overwritten by what others save: then the tag no longer fits.
  if (!typed && stored.data) {
    tag.current = stored.data.tag;
    base.current = stored.data.version.settings;
  }

  const put = async (settings: ApplicationSettings): Promise<void> => {
    const { data, response } = await api.PUT('/api/v1/applications/{application}/draft', {
      ...ask(id),
      ...(tag.current && { headers: { 'If-Match': tag.current } }),
      body: settings,
    });
    tag.current = response.headers.get('etag');
    base.current = (data as Version).settings;
    client.setQueryData(draftQuery(id).queryKey, { version: data as Version, tag: tag.current });
    client.invalidateQueries({ queryKey: versions(id).queryKey });
    client.invalidateQueries({ queryKey: ['applications', id], exact: true });
    // What was typed while this was on its way goes next.
    if (latest.current !== settings) return await save();
    latest.current = null;
    setTyped(null);
    setSaving({ state: 'saved' });
  };

  const save = async () => {
    clearTimeout(timer.current);
    const settings = latest.current;
    if (!settings) return;
    setSaving({ state: 'saving' });
    try {
      await put(settings);
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) setSaving({ state: 'changed' });
      else setSaving({ state: 'refused', reason: error instanceof Error ? error.message : 'The draft is not saved.' });
    }
  };
  const start = () => {
    running.current = (running.current ?? Promise.resolve()).then(save);
    return running.current;
  };
  const write = useRef(start);
  write.current = start;
  // What was typed a moment before leaving is saved too.
  useEffect(() => () => void (latest.current && write.current()), []);

  const version = stored.data?.version ?? null;
  const current = all.data?.find((one) => one.state === 'current') ?? null;
  const newest = all.data?.[0]?.number ?? 0;
  const settings = typed ?? version?.settings ?? null;
  const changed = useMemo(() => (settings && current ? changes(current.settings, settings) : []), [settings, current]);

  const draft: Draft | null = !(settings && version && all.data)
    ? null
    : {
        id,
        name,
        settings,
        number: version.state === 'draft' ? version.number : newest + 1,
        begun: version.state === 'draft' ? version.createdAt : null,
        current,
        changes: changed,
        saving,
        edit: (change) => {
          const next = { ...(latest.current ?? settings), ...change };
          latest.current = next;
          setTyped(next);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => write.current(), REST);
        },
        flush: async () => {
          if (latest.current) await write.current();
        },
        compare: async () => {
          const now = await read(id);
          return { base: base.current ?? now.version.settings, settings: now.version.settings, tag: now.tag };
        },
        settle: async (both, against) => {
          const before = [latest.current, tag.current] as const;
          [latest.current, tag.current] = [both, against];
          setTyped(both);
          try {
            await put(both);
          } catch (error) {
            // A third person was faster: everything stays as it was typed, to be compared again.
            [latest.current, tag.current] = before;
            setTyped(before[0]);
            throw error;
          }
        },
        reload: () => {
          clearTimeout(timer.current);
          latest.current = null;
          setTyped(null);
          setSaving({ state: 'saved' });
          client.invalidateQueries({ queryKey: ['applications', id] });
        },
      };
  return <Context value={draft}>{children(draft, stored.error ?? all.error)}</Context>;
}
