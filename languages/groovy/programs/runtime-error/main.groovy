println 'before'
throw new IllegalStateException('too cold')
