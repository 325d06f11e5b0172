import { Component, type ReactNode } from 'react';

import { isConnected } from '../service/connection';
import { Button } from '../ui/Button';
import { Problem } from '../ui/Problem';
import { loadAgain } from './lazily';

interface Props {
  /** What is shown: another one is tried whatever became of this one. */
  place: string;
  children: ReactNode;
}

/** Keeps the page when a part of it fails or did not come, and tries it again as soon as the service is back. */
export class Boundary extends Component<Props, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  private stop: () => void = () => undefined;

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidMount() {
    this.stop = isConnected.subscribe(() => {
      if (isConnected.get() === true) this.again();
    });
  }

  override componentDidUpdate(before: Props) {
    if (before.place !== this.props.place) this.again();
  }

  override componentWillUnmount() {
    this.stop();
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <Problem message="This cannot be shown: it did not come, or is of another version of the service by now.">
        <Button className="self-start" onClick={() => { window.location.reload(); }}>
          Load again
        </Button>
      </Problem>
    );
  }

  private again() {
    if (!this.state.hasFailed) return;
    loadAgain();
    this.setState({ hasFailed: false });
  }
}
