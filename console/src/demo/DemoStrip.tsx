import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ActButton } from '../components/act';
import { confirm } from '../components/Confirm';
import classes from './DemoStrip.module.css';
import { demoQuery, removeDemo, TOUCHED } from './demo';

/** Says on every page that there is demo data, and takes it away. */
export function DemoStrip() {
  const { data: demo } = useQuery(demoQuery);
  const queries = useQueryClient();
  const before = useRef(demo?.state);
  useEffect(() => {
    // The last of it went in the background.
    if (before.current === 'going' && demo?.state === 'none')
      for (const noun of TOUCHED) queries.invalidateQueries({ queryKey: [noun] });
    before.current = demo?.state;
  }, [demo?.state, queries]);
  if (!demo || demo.state === 'none') return null;
  const remove = () =>
    confirm({
      level: 2,
      title: 'Remove the demo data?',
      body: (
        <>
          The source “{demo.source?.name}” goes with its people and groups
          {demo.application && `, and so does the application “${demo.application.name}”`}. Everything else stays.
          {demo.application && ' Accounts that the test server holds by now stay there.'}
        </>
      ),
      verb: 'Remove',
      run: async () => {
        await removeDemo();
        for (const noun of TOUCHED) queries.invalidateQueries({ queryKey: [noun] });
      },
    });
  return (
    <section className={classes.strip} aria-label="Demo data">
      {demo.state === 'going' ? (
        <span role="status">The demo data is being removed…</span>
      ) : (
        <>
          <span className="grow">
            <b>Demo data.</b> The people of{' '}
            <Link to={`/sources/${demo.source?.id}` as string}>{demo.source?.name}</Link>
            {demo.application && (
              <>
                {' '}
                and the <Link to={`/apps/${demo.application.id}` as string}>{demo.application.name}</Link>
              </>
            )}{' '}
            are made up.
          </span>
          <ActButton need="administrator" variant="default" size="compact-sm" onClick={remove}>
            Remove
          </ActButton>
        </>
      )}
    </section>
  );
}
