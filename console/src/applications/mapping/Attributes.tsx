import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, body } from '../../api/client';
import type { MappingRow } from '../../api/schema';
import { ActButton } from '../../components/act';
import { Empty } from '../../components/Empty';
import { IconInfoCircle, IconPlus } from '../../components/icons';
import { SearchField } from '../../components/SearchField';
import { plural } from '../../components/time';
import { shortPath } from '../applications';
import { useDraft } from '../configure/draft';
import { AddAttribute } from './AddAttribute';
import classes from './Attributes.module.css';
import { PreviewPanel } from './PreviewPanel';
import { known, usePreview } from './preview';
import { Row } from './Row';

const route = getRouteApi('/inside/apps/$app/configure/attributes');
const MATCHED = { userName: 'userName', email: 'primary e-mail address' };

/** The mapping: what the application receives, beside what that gives for a person. */
export function Attributes() {
  const draft = useDraft();
  const { user: chosen, row: opened, q } = route.useSearch();
  const navigate = route.useNavigate();
  const somebody = useSomebody(draft.id, chosen);
  const user = chosen ?? somebody ?? null;
  const preview = usePreview(draft.id, user, draft.settings);
  const completions = useQuery(known);
  const [adding, setAdding] = useState(false);
  const rows = useMemo(() => draft.settings.mapping ?? [], [draft.settings.mapping]);
  const before = useMemo(
    () => new Map((draft.current?.settings.mapping ?? []).map((row) => [row.to, row])),
    [draft.current],
  );
  const results = useMemo(() => new Map(preview.data?.rows.map((row) => [row.to, row])), [preview.data]);
  const shown = rows.filter(({ to, expression }) =>
    `${to} ${expression}`.toLowerCase().includes((q ?? '').toLowerCase()),
  );
  const open = (to: string | undefined) => navigate({ search: (old) => ({ ...old, row: to }), replace: true });
  const edit = (mapping: MappingRow[]) => draft.edit({ mapping });
  const person = preview.data?.user;
  const who = person ? (person.displayName ?? person.userName).split(' ')[0] : null;
  const failing = [...results.values()].filter(({ error }) => error);
  const show = (to: string | undefined) => {
    open(to);
    requestAnimationFrame(() => document.getElementById(`row-${to}`)?.scrollIntoView({ block: 'center' }));
  };
  // Whoever comes with a person, from an error of theirs, comes for the row that fails.
  const looked = useRef(opened !== undefined || chosen === undefined);
  useEffect(() => {
    if (!preview.data || looked.current) return;
    looked.current = true;
    if (failing[0]) show(failing[0].to);
  });

  // An open row is scrolled to when the page is come to, not when it is clicked.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only at the beginning
  useEffect(() => document.getElementById(`row-${opened}`)?.scrollIntoView({ block: 'center' }), []);

  return (
    <div className={classes.columns}>
      <section className={classes.card} aria-label="Mapping">
        <header className={classes.head}>
          <h2 className="grow">What the app receives</h2>
          <span className={classes.matching}>
            <IconInfoCircle size={15} /> Matching: {MATCHED[draft.settings.match ?? 'userName']}
          </span>
          <SearchField
            label="Search attributes"
            width={180}
            value={q ?? ''}
            set={(q) => navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true })}
          />
          <ActButton
            need="administrator"
            variant="default"
            leftSection={<IconPlus size={15} />}
            onClick={() => setAdding(true)}
          >
            Add attribute
          </ActButton>
        </header>
        <table className={classes.table} aria-label="Attributes">
          <thead>
            <tr>
              <th scope="col">App attribute</th>
              <th scope="col">Value</th>
              <th scope="col" className={classes.result}>
                {who ? `For ${who}` : 'Result'}
              </th>
              <th scope="col" className={classes.sent}>
                Sent
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row
                key={row.to}
                row={row}
                before={before.get(row.to)}
                version={draft.current?.number}
                required={row.to === 'userName'}
                match={isMatch(row.to, draft.settings.match)}
                result={results.get(row.to)}
                known={completions.data}
                open={opened === row.to}
                toggle={() => open(opened === row.to ? undefined : row.to)}
                set={(next) => edit(rows.map((one) => (one.to === row.to ? next : one)))}
                remove={() => {
                  edit(rows.filter((one) => one.to !== row.to));
                  open(undefined);
                }}
              />
            ))}
            {[...before.values()]
              .filter((row) => !rows.some(({ to }) => to === row.to))
              .map((row) => (
                <Gone key={row.to} row={row} back={() => edit([...rows, row])} />
              ))}
          </tbody>
        </table>
        {shown.length === 0 && (
          <Empty title={q ? 'No attributes match' : 'Nothing is sent'}>
            {q
              ? `Searched for “${q}” in names and expressions.`
              : 'Add the attributes that the application is to receive.'}
          </Empty>
        )}
        {/* Below the rows, so that it comes and goes without moving them under the one who types. */}
        {failing.length > 0 && (
          <p className={classes.failing} role="status">
            <span className="grow">
              {plural(failing.length, 'row')} {failing.length === 1 ? 'gives' : 'give'} no usable value for {who}.
            </span>
            {failing[0]?.to !== opened && (
              <Button variant="default" size="compact-sm" onClick={() => show(failing[0]?.to)}>
                Show {failing.length === 1 ? 'it' : 'the first'}
              </Button>
            )}
          </p>
        )}
      </section>
      <PreviewPanel
        preview={preview}
        user={user}
        nobody={chosen === undefined && somebody === null}
        set={(user) => navigate({ search: (old) => ({ ...old, user: user ?? undefined }), replace: true })}
        current={draft.current?.number}
        name={draft.name}
      />
      {adding && (
        <AddAttribute
          taken={rows.map(({ to }) => to)}
          close={() => setAdding(false)}
          add={(to) => {
            edit([...rows, { to, expression: 'null', apply: 'always', onEmpty: 'leave', authority: 'authoritative' }]);
            setAdding(false);
            open(to);
          }}
        />
      )}
    </div>
  );
}

/** A row that the draft takes out. */
function Gone({ row, back }: { row: MappingRow; back: () => void }) {
  const { prefix, name } = shortPath(row.to);
  return (
    <tr className={classes.gone}>
      <td colSpan={3}>
        <s>
          {prefix}
          {name}
        </s>{' '}
        is taken out
      </td>
      <td>
        <ActButton need="administrator" variant="subtle" size="compact-sm" onClick={back}>
          Put back
        </ActButton>
      </td>
    </tr>
  );
}

const isMatch = (to: string, match: string | undefined) => (match === 'email' ? /^emails/.test(to) : to === 'userName');

/** Whom to preview when nobody is chosen: somebody with access, else anybody; null when there is nobody at all. */
function useSomebody(application: string, chosen: string | undefined): string | null | undefined {
  const effective = useQuery({
    queryKey: ['applications', application, 'somebody'],
    queryFn: () =>
      body(
        api.GET('/api/v1/applications/{application}/users', {
          params: { path: { application }, query: { limit: 1 } },
        }),
      ),
    enabled: chosen === undefined,
  });
  const none = effective.data?.items.length === 0;
  const anybody = useQuery({
    queryKey: ['users', 'somebody'],
    queryFn: () => body(api.GET('/api/v1/users', { params: { query: { limit: 1 } } })),
    enabled: chosen === undefined && none,
  });
  const found = effective.data?.items[0]?.user ?? anybody.data?.items[0]?.id;
  return found ?? (anybody.data ? null : undefined);
}
