import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CopyField } from '../components/CopyField';
import { Content } from '../components/PageHeader';
import { Facts, Panel } from '../components/Panel';
import { ExactTime, Time } from '../components/Time';
import { ConnectionCheck } from './ConnectionCheck';
import { policySentence } from './policy';
import { SelfTestPanel } from './SelfTestPanel';
import { CLIENTS, policyOf, sourceQuery } from './sources';
import classes from './sources.module.css';

/** How a source stands: what arrived, what is refused, what happens when someone leaves. */
export function Overview({ id }: { id: string }) {
  const source = useQuery(sourceQuery(id)).data;
  if (!source) return null;
  if (source.kind === 'local') {
    return (
      <Content>
        <Panel
          title="People entered by hand"
          description="This source is always there. Identity providers can't touch its people."
        >
          <Button component={Link} to="/users" variant="default">
            See all users
          </Button>
        </Panel>
      </Content>
    );
  }
  return (
    <Content>
      <div className={classes.columns}>
        <div className="stack">
          <Panel title="Connection">
            <div className="stack">
              <CopyField label="Base URL" value={source.baseUrl ?? ''} />
              <Facts
                of={[
                  ['Client', CLIENTS[source.client ?? 'generic']],
                  ['Last request', <Time key="last" at={source.lastRequestAt} />],
                  ['Rank', `${source.rank}: where several sources state an attribute, the lowest rank is believed`],
                  ['Connected since', <ExactTime key="since" at={source.createdAt} />],
                ]}
              />
            </div>
          </Panel>
          <Panel
            title="What happens to people"
            actions={
              <Button component={Link} to={`/sources/${id}/policy`} variant="default">
                Change the policy
              </Button>
            }
          >
            <p>{policySentence(policyOf(source))}</p>
          </Panel>
          <SelfTestPanel source={id} />
        </div>
        <ConnectionCheck source={id} there={CLIENTS[source.client]} />
      </div>
    </Content>
  );
}
