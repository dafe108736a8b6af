import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Tile } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { CopyField } from '../components/CopyField';
import { ErrorBox } from '../components/ErrorBox';
import { IconCheck } from '../components/icons';
import { STEP } from '../components/keys';
import { Page, PageHeader } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { SecretOnce } from '../components/SecretOnce';
import { StatusChip } from '../components/StatusChip';
import { date } from '../components/time';
import { useMe } from '../session/session';
import { ConnectionCheck } from './ConnectionCheck';
import { GuideStepPanel, named } from './GuideStepPanel';
import { SelfTestPanel } from './SelfTestPanel';
import {
  CLIENTS,
  clientsQuery,
  guideQuery,
  type MadeToken,
  makeSource,
  makeToken,
  type Source,
  setUpQuery,
  sourceList,
  sourceQuery,
  tokenList,
} from './sources';
import classes from './sources.module.css';

const route = getRouteApi('/inside/sources/connect');
const CRUMBS = [{ label: 'Sources', to: '/sources' }];

type Secret = Pick<MadeToken, 'token'> & { expiresAt?: string | null };

/** Connecting an identity provider, step by step. The token is held here for as long as the guide is open. */
export function Connect() {
  const { source } = route.useSearch();
  const [secret, setSecret] = useState<Secret | null>(null);
  return source ? <Guided id={source} secret={secret} setSecret={setSecret} /> : <Choose made={setSecret} />;
}

/** A name that no source has yet: `Okta`, then `Okta 2`. */
function free(name: string, taken: string[]): string {
  for (let number = 1; ; number++) {
    const proposed = number === 1 ? name : `${name} ${number}`;
    if (!taken.includes(proposed)) return proposed;
  }
}

function Choose({ made }: { made: (secret: Secret) => void }) {
  const { client } = route.useSearch();
  const navigate = route.useNavigate();
  const clients = useQuery(clientsQuery);
  const chosen = clients.data?.items.find((one) => one.client === client);
  const [name, setName] = useState('');
  const sources = useInfiniteQuery(sourceList).data;
  const taken = sources?.pages.flatMap(({ items }) => items.map((source) => source.name)) ?? [];
  const make = useAct({
    run: () => makeSource(name.trim() || (chosen?.name ?? ''), chosen?.client ?? 'generic'),
    changes: ['sources', 'home'],
    quiet: true,
  });
  const go = () =>
    make.mutate(undefined, {
      onSuccess: (source) => {
        made({ token: source.token });
        navigate({ search: { source: source.id, step: 2 } });
      },
    });
  return (
    <Page
      header={
        <PageHeader
          title="Connect a source"
          crumbs={CRUMBS}
          description="Where do people come from? The guide then has the exact fields of that product."
        />
      }
    >
      {!!clients.error && <ErrorBox error={clients.error} retry={clients.refetch} />}
      <div className={classes.clients}>
        {clients.data?.items.map((one) => (
          <button
            key={one.client}
            type="button"
            className={classes.client}
            aria-pressed={one.client === client}
            onClick={() => {
              navigate({ search: { client: one.client }, replace: true });
              setName(one.client === 'generic' ? '' : free(one.name, taken));
            }}
          >
            <Tile name={one.name} size={28} />
            <span>
              <span className="strong">{one.name}</span>
              <span className="dim small" style={{ display: 'block' }}>
                {named(one.summary)}
              </span>
            </span>
          </button>
        ))}
      </div>
      {chosen && (
        <Panel title="Name the source" description="People see this name wherever an attribute comes from.">
          <form
            className={classes.form}
            onSubmit={(event) => {
              event.preventDefault();
              go();
            }}
          >
            <TextInput
              label="Name"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              maxLength={200}
            />
            {!!make.error && <ErrorBox error={make.error} />}
            <div>
              <ActButton
                need="administrator"
                type="submit"
                size="sm"
                loading={make.isPending}
                refused={!name.trim() && 'Give the source a name'}
                {...STEP}
              >
                Make the source
              </ActButton>
            </div>
          </form>
        </Panel>
      )}
    </Page>
  );
}

function Guided(props: { id: string; secret: Secret | null; setSecret: (secret: Secret | null) => void }) {
  const { id, secret } = props;
  const { step: asked } = route.useSearch();
  const navigate = route.useNavigate();
  const source = useQuery(sourceQuery(id));
  const guide = useQuery(guideQuery(id));
  const setUp = useQuery(setUpQuery(id));
  const steps = ['Name the source', 'Copy URL and token', ...(guide.data?.steps.map((step) => step.title) ?? [])];
  const titles = [...steps, 'Check what arrived'];
  const step = Math.min(Math.max(asked ?? 2, 2), titles.length);
  const go = (to: number) => navigate({ search: { source: id, step: to } });
  const name = source.data?.name ?? '';
  const there = guide.data?.name ?? CLIENTS[source.data?.client ?? 'generic'];
  const inner = guide.data?.steps[step - 3];
  const wrong = source.error ?? guide.error;
  if (wrong && !guide.data)
    return (
      <Page header={<PageHeader title="Connect a source" crumbs={CRUMBS} />}>
        <ErrorBox
          error={wrong}
          retry={() => {
            source.refetch();
            guide.refetch();
          }}
        />
      </Page>
    );
  return (
    <Page
      header={
        <PageHeader
          title={`Connect ${name}`}
          crumbs={CRUMBS}
          chip={<StatusChip of="source" is={setUp.data?.state === 'connected' ? 'connected' : 'waiting'} filled />}
          description={guide.data && named(guide.data.summary)}
          actions={
            <Button component={Link} to={`/sources/${id}`} variant="default">
              Leave the guide
            </Button>
          }
        />
      }
    >
      <div className={classes.guide}>
        <ol className={classes.steps} aria-label="Steps">
          {titles.map((title, index) => (
            <li key={title}>
              <button
                type="button"
                className={classes.step}
                data-state={index + 1 < step ? 'done' : index + 1 === step ? 'open' : undefined}
                aria-current={index + 1 === step ? 'step' : undefined}
                disabled={index === 0}
                onClick={() => go(index + 1)}
              >
                <span className={classes.number} aria-hidden="true">
                  {index + 1 < step ? <IconCheck size={14} /> : index + 1}
                </span>
                <span className={classes.name}>{title}</span>
              </button>
            </li>
          ))}
        </ol>
        <div className="stack">
          {step === 2 && source.data && (
            <Credentials
              source={source.data}
              there={there}
              secret={secret}
              setSecret={props.setSecret}
              next={() => go(3)}
            />
          )}
          {inner && (
            <GuideStepPanel step={inner}>
              <div className="row" style={{ marginTop: 16 }}>
                <Button size="sm" onClick={() => go(step + 1)} {...STEP}>
                  Continue
                </Button>
                <Button size="sm" variant="subtle" color="gray" onClick={() => go(step - 1)}>
                  Back
                </Button>
              </div>
            </GuideStepPanel>
          )}
          {step === titles.length && (
            <>
              <Panel
                title="Check what arrived"
                description={`The check beside this turns green by itself as soon as ${there} sends its first request.`}
              >
                <Button component={Link} to={`/sources/${id}`} size="sm">
                  Open the source
                </Button>
              </Panel>
              <SelfTestPanel source={id} />
            </>
          )}
        </div>
        <ConnectionCheck source={id} there={there} notes={guide.data?.notes} />
      </div>
    </Page>
  );
}

function Credentials(props: {
  source: Source;
  there: string;
  secret: Secret | null;
  setSecret: (secret: Secret | null) => void;
  next: () => void;
}) {
  const { source, there, secret } = props;
  const make = useAct({ run: () => makeToken(source.id, {}), changes: ['sources'], quiet: true });
  const me = useMe();
  // The first token comes with the source; what else is known of it is in the list.
  const tokens = useInfiniteQuery({ ...tokenList(source.id), enabled: secret !== null }).data;
  const token = tokens?.pages.flatMap(({ items }) => items).find((one) => secret?.token.endsWith(one.lastFour || '\0'));
  const expires = secret?.expiresAt ?? token?.expiresAt;
  return (
    <Panel title={`Copy these into ${there}`} description="The next steps say where each of them goes.">
      <div className="stack">
        <CopyField label="Base URL" value={source.baseUrl ?? ''} />
        {secret ? (
          <SecretOnce
            name="Bearer token"
            secret={secret.token}
            lost={`Only a hash is stored. If it is lost, make a second token, switch ${there} over, then revoke this one; two can be live at a time.`}
            facts={[
              ...(expires ? [['Expires', date(expires)] as [string, string]] : []),
              ...(me ? [['Made by', me.name] as [string, string]] : []),
            ]}
            next={{
              label: 'Continue',
              run: () => {
                props.setSecret(null);
                props.next();
              },
            }}
          />
        ) : (
          <>
            <p className="dim">The token was shown when it was made, and can't be shown again.</p>
            {!!make.error && <ErrorBox error={make.error} />}
            <div className="row">
              <Button size="sm" onClick={props.next}>
                Continue
              </Button>
              <ActButton
                need="administrator"
                size="sm"
                variant="default"
                loading={make.isPending}
                onClick={() => make.mutate(undefined, { onSuccess: props.setSecret })}
              >
                Make another token
              </ActButton>
            </div>
          </>
        )}
      </div>
    </Panel>
  );
}
