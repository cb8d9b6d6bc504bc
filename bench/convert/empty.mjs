/** An empty Node process: what every other one pays before it starts. */
