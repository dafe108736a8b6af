import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, body } from '../../api/client';
import type { ApplicationSettings, MappingRow, Preview, RowResult } from '../../api/schema';

/** A value that has rested for a moment, so that not every key asks the server. */
export function useRested<T>(value: T, ms = 250): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

/** What a person would get by these settings, saved or not. The last answer stays until the next is there. */
export function usePreview(application: string, user: string | null, settings: ApplicationSettings) {
  const rested = useRested(settings);
  return useQuery({
    queryKey: ['applications', application, 'preview', user, rested],
    queryFn: ({ signal }) =>
      body(
        api.POST('/api/v1/applications/{application}/draft/preview', {
          params: { path: { application } },
          body: { user: user ?? '', settings: rested },
          signal,
        }),
      ),
    enabled: user !== null,
    select: (preview) => ({ ...preview, rows: judged(preview.rows, rested.mapping ?? []) }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    retry: false,
  });
}

/** A row that must not be empty, and is, fails the whole person: it is shown as the one to be corrected. */
export function judged(results: RowResult[], mapping: MappingRow[]): RowResult[] {
  const must = new Set(mapping.filter(({ onEmpty }) => onEmpty === 'fail').map(({ to }) => to));
  return results.map((row) =>
    must.has(row.to) && !row.error && (row.value === null || row.value === '')
      ? { ...row, error: { message: 'It is empty, and must not be.' } }
      : row,
  );
}

/** What can be written in an expression: attributes that are really there, and functions. */
export const known = queryOptions({
  queryKey: ['expressions'],
  queryFn: () => body(api.GET('/api/v1/expressions/completions')),
  staleTime: 300_000,
});

/** The steps from a person to a request, and how far this one comes. */
export interface Step {
  label: string;
  state: 'done' | 'stopped' | 'skipped';
  detail: string;
}

const MATCHED: Record<string, string> = {
  create: 'Looked for, and made when nobody matches',
  match: 'Looked for: one may have been made',
};

/** The five steps of a preview. */
export function steps(preview: Preview): Step[] {
  const mapped = preview.rows.every((row) => !row.error);
  const stopped = !mapped || preview.step === 'error';
  return [
    { label: 'Load', state: 'done', detail: 'The person as the directory knows them' },
    {
      label: 'Scope',
      state: preview.hasAccess ? 'done' : 'skipped',
      detail: preview.hasAccess ? 'Has access' : 'Has no access',
    },
    {
      label: 'Match',
      state: 'done',
      detail: MATCHED[preview.step] ?? 'The account is known, or none is needed',
    },
    { label: 'Map', state: mapped ? 'done' : 'stopped', detail: mapped ? 'Every row gives a value' : 'A row fails' },
    { label: 'Decide', state: stopped ? 'stopped' : 'done', detail: STEP[preview.step] ?? preview.step },
  ];
}

const STEP: Record<string, string> = {
  nothing: 'Nothing to do',
  create: 'Match or create',
  match: 'Match',
  update: 'Update',
  reactivate: 'Reactivate',
  deactivate: 'Deactivate',
  delete: 'Delete',
  release: 'Let go',
  hold: 'On hold',
  may_not_create: 'May not create',
  error: 'Fails',
};
