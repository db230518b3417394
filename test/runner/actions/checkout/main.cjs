console.log(
  `${process.env.GITHUB_REPOSITORY} at ${process.env.INPUT_REF} is already in ${process.env.GITHUB_WORKSPACE}`,
);
