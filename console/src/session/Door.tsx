import type { ReactNode } from 'react';
import { useTitle } from '../components/title';
import { Mark } from '../shell/Mark';
import classes from './Door.module.css';

/** The frame of pages before the sign-in. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <main className={classes.door}>
      <div className={classes.card}>
        <div className={classes.mark}>
          <Mark size={32} />
          <div>
            <div className="strong">Lockstep</div>
            <div className="dim small">Provisioning hub</div>
          </div>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
