import { ActionIcon, Kbd, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Avatar } from '../components/Avatar';
import { IconBook, IconKeyboard, IconLogout, IconMoon, IconSearch, IconSun, IconUser } from '../components/icons';
import { count } from '../components/time';
import { signOut } from '../session/SessionGuard';
import { useMe } from '../session/session';
import { useCounts } from './counts';
import { Mark } from './Mark';
import { sections } from './navigation';
import classes from './Sidebar.module.css';

/** Where the documentation is read. */
const DOCUMENTATION = '/docs/administrators.html';

export const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl ';

/** The navigation, with how much there is of each thing, and one's own account below. */
export function Sidebar({ search, shortcuts }: { search: () => void; shortcuts: () => void }) {
  const counts = useCounts();
  return (
    <div className={classes.sidebar}>
      <div className={classes.workspace}>
        <Mark />
        <div>
          <div className="strong">Lockstep</div>
          <div className="dim small">Provisioning hub</div>
        </div>
      </div>
      <button type="button" className={classes.search} onClick={search}>
        <IconSearch size={15} />
        <span className="grow">Search or jump to</span>
        <Kbd size="xs">{MODIFIER}K</Kbd>
      </button>
      <nav className={classes.places} aria-label="Main">
        {sections.map(({ title, places }) => (
          <div key={title ?? 'first'}>
            {title && <h2 className={classes.section}>{title}</h2>}
            <ul>
              {places.map(({ label, to, icon: Shape, counts: of }) => {
                const number = of && counts[of];
                return (
                  <li key={to}>
                    <Link
                      to={to}
                      className={classes.place}
                      activeProps={{ 'data-open': true }}
                      activeOptions={{ exact: to === '/' }}
                    >
                      <Shape size={16} />
                      <span className="grow">{label}</span>
                      {!!number && (
                        <span className={classes.count} data-alert={of === 'errors' || undefined}>
                          {count(number)}
                        </span>
                      )}
                    </Link>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </nav>
      <div className={classes.foot}>
        <a className={classes.place} href={DOCUMENTATION} target="_blank" rel="noreferrer">
          <IconBook size={16} />
          <span className="grow">Documentation</span>
        </a>
        <Account shortcuts={shortcuts} />
      </div>
    </div>
  );
}

function Account({ shortcuts }: { shortcuts: () => void }) {
  const me = useMe();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === 'dark' ? 'light' : 'dark';
  const name = me?.name ?? '';
  return (
    <div className={classes.account}>
      <Menu position="top-start" width={200}>
        <Menu.Target>
          <button type="button" className={classes.me}>
            <Avatar name={name} />
            <span className={classes.who} title={name}>
              <span className="strong clip">{name.split('@')[0]}</span>
              <span className={classes.role}>{me?.role}</span>
            </span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} to="/settings/account" leftSection={<IconUser size={15} />}>
            Your account
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={shortcuts}>
            Keyboard shortcuts
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={15} />} onClick={signOut}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ActionIcon
        size={30}
        aria-label={`Switch to ${other}`}
        title={`Switch to ${other}`}
        onClick={() => setColorScheme(other)}
      >
        {scheme === 'dark' ? <IconSun /> : <IconMoon />}
      </ActionIcon>
    </div>
  );
}
