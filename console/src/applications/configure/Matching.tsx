import { Link } from '@tanstack/react-router';
import { Facts, Panel } from '../../components/Panel';
import { useMay } from '../../session/session';
import classes from './Configure.module.css';
import { useDraft } from './draft';
import { MatchChoice } from './MatchChoice';
import { TryMatching } from './TryMatching';

/** How an account that is there already is recognised. */
export function Matching() {
  const draft = useDraft();
  const may = useMay();
  return (
    <div className={`stack ${classes.form}`}>
      <Panel
        title="Matching"
        description="Before Lockstep makes an account it looks in the application for the person’s own. Accounts that are linked already stay linked."
      >
        <MatchChoice
          value={draft.settings.match ?? 'userName'}
          set={(match) => draft.edit({ match })}
          disabled={!may('administrator')}
        />
      </Panel>
      <Panel title="What then happens">
        <Facts
          of={[
            ['None is found', 'The account is made. Its origin is “made by Lockstep”.'],
            ['One is found', 'It is linked and brought in line. Its origin is “there before”.'],
            ['Several are found', 'Nothing is touched: a person must remove all but one there, then retry.'],
            ['It is somebody else’s', 'It is never taken from them. One of the two people has wrong data.'],
          ]}
        />
        <p style={{ marginTop: 12 }}>
          What one person gets shows in the{' '}
          <Link to={`/apps/${draft.id}/configure/attributes` as string} style={{ textDecoration: 'underline' }}>
            preview
          </Link>
          .
        </p>
      </Panel>
      <TryMatching />
    </div>
  );
}
